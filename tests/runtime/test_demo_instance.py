"""The demo and the replay play on an instance of their own, whatever the shell they are called from serves."""

from runtime.demo.instance import surroundings


def test_a_fresh_instance_borrows_no_database_provider_or_mail_server() -> None:
    theirs = {
        "SMOT_DATABASE": "postgresql://smot@db/smot",
        "SMOT_PSP": "https://psp.example",
        "SMOT_SMTP": "mail.example:25",
        "SMOT_MASTER_KEY": "c2VjcmV0",
        "SMOT_SECRETS_DIR": "/run/secrets",
        "TEMPORAL_ADDRESS": "temporal:7233",
    }
    kept = {"PATH": "/usr/bin", "SMOT_LOG": "json", "SMOT_TEMPORAL_BINARY": "/opt/temporal"}
    assert surroundings(theirs | kept) == kept
