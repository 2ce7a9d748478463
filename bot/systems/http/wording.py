"""What people read when an HTTP API does not do as it should. Neither address nor token stands here."""

BAD_URL = (
    "The setting `{setting}` of an HTTP API must be an address such as https://api.example.com, without user"
    " name, query or fragment. Correct it and start again."
)
NO_BEARER = "The setting `{setting}` of an HTTP API cannot be a bearer token. Correct it and start again."

AWAY = "The API cannot be reached."
NOT_TRUSTED = "The API's certificate is not one that this machine trusts."
SLOW = "The API did not answer in time."
BUSY = "The API is busy or in trouble (status {status})."
LOST = "The connection was lost before the answer came."
REFUSED = "The API refused it (status {status})."
NO_ENTRY = "The API does not accept the bot's token (status {status}). Whoever runs it must renew the token."
NOT_FOUND = (
    "The API knows nothing of the kind (status {status}). Look at what you named, or at its route in policy."
)
REDIRECTED = "The API answered with a redirect (status {status}), which the bot never follows."
NO_JSON = "The API answered with something else than the JSON it promised (status {status})."
TOO_LONG = "The API's answer is longer than {most} and was cut off."
PACKED = "The API's answer is compressed, though the bot asked for plain text."
CONFLICT = "The API is at work on this very request, or on another one (status {status})."
MOVED_ON = "The API says that things are not as they were (status {status})."
ROWS_HELD = "{title}: {count} rows."
GOES_ON = "{title}: the API says that its list goes on elsewhere, so this is a part of it."
NOT_ITS_OWN = "The answer held the bot's own token, which was taken out of it."
EARLIER = "{why} An earlier attempt may have arrived."
