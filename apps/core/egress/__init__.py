"""The way out to addresses that tenants name: checked by its words, by where its name leads, and once more at the socket."""
