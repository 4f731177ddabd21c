"""One search box: orders, packages, payments, people and returns by what a customer says."""
