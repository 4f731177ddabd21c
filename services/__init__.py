"""What the product does: the use cases, independent of HTTP and of how they are put together.

The API, pages and the console call them; they call journeys and stores. `commands.py` is the one way to change an order.
"""
