"""A URL of each of the library's providers that merchants may use for texts."""

TWILIO = f"twilio://AC{'1' * 32}:{'2' * 32}@+15005550006/{{to}}"
SINCH = f"sinch://{'1' * 32}:{'2' * 32}@+15005550006/{{to}}"
VONAGE = f"vonage://abcdefgh:{'2' * 16}@+15005550006/{{to}}"
WHATSAPP = "whatsapp://token@15005550006/{to}"
BY_NUMBER = [
    TWILIO, SINCH, VONAGE, WHATSAPP,
    TWILIO.replace("{to}", "w:{to}"),
    VONAGE.replace("vonage", "nexmo"),
    f"msgbird://{'1' * 25}/15005550006/{{to}}",
    "clicksend://user:key@{to}",
    f"plivo://{'1' * 25}@{'2' * 40}/+15005550006/{{to}}",
    "d7sms://token@{to}",
    "httpsms://key@+15005550006/{to}",
    "sns://AKIAAAAAAAAAAAAAAAAA/secretsecretsecretsecretsecretsecretsecre/us-east-1/{to}",
    "sfr://user:password@space/{to}",
    "smsc://user:password@{to}",
    "bulksms://user:password@{to}",
    f"burstsms://{'1' * 32}:secret@+15005550006/{{to}}",
    "46elks://user:password@+15005550006/{to}",
    "telnyx://key@+15005550006/{to}",
]  # fmt: skip
VOIPMS = "voipms://password:me@example.org/15005550006/{to}"
