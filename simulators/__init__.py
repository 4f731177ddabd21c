"""Parties that cannot be here, played: processes of their own with files of their own, so that no crash of ours is theirs."""
