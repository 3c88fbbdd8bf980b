"""Keys and the rules that production insists on."""

from config.env import env

DEBUG = env.flag("REKNIT_DEBUG")
SECRET_KEY = env.text("SECRET_KEY")

# `id:base64 key` pairs, comma-separated; the first encrypts, all decrypt. Rotate by putting a new one in front.
ENCRYPTION_KEYS = env.words("REKNIT_ENCRYPTION_KEYS")
API_KEY_PEPPER = env.text("REKNIT_API_KEY_PEPPER", SECRET_KEY)
ALLOWED_HOSTS = env.words("REKNIT_ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]")
