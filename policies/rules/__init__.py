"""One module a rule, by what it is about; a rule is a function from a resource to what is wrong with it."""
