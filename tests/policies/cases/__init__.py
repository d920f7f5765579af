"""What each rule lets through, names, and cannot judge yet: one module a pack."""
