"""Public reports of people who do this job, played over HTTP: one file in `cases/` is one case.

A new report is a new file there, and no new test. `cases/README.md` describes its fields.
"""
