"""Charts and images of controllers, brought once and copied to where a closed site can reach them."""
