"""The customer's page of one order, behind a signed link."""
