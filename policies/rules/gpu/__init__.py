"""Rules of GPU pools and the pods that use them."""
