"""Messages on a customer's device: `/o/{token}/device` registers a browser, and ends that."""
