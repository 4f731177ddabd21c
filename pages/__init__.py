"""HTML pages for customers, agents and merchants: one folder a screen. Pages call services and hold no rule."""
