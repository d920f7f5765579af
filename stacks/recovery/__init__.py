"""After a killed deployment: finds what it made, adopts it into the state, and lets the next deployment go on."""
