"""What the accounts of staff tell the apps that work with them."""

from django.dispatch import Signal

# A colleague is about to be switched off in the admin. Sent with `colleague`, `successor` (an account or None), `by`.
# A receiver hands over or releases what is on the colleague's name, and returns words for `by`, or "".
switching_off = Signal()
