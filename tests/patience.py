"""How long tests wait for what must happen. A wait ends as soon as it happens: these only end a test that would wait for ever.

They allow for a machine that is busy with other work.
"""

PATIENCE = 180.0  # seconds for one event
STARTUP = 300.0  # seconds for a deployment to start or to stop
