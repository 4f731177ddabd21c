"""Settings of a merchant, for its admins: policies, accounts, webhooks, keys, channels, looks, audit, sandbox, mailbox."""
