"""HTTP as all endpoints share it: declaration, validation, keys, quotas, problem documents, OpenAPI.

It knows no order and no merchant: `tests/api/frame_app.py` runs another small app on it.
"""
