"""How many people can work at the same time: the demand, and what each resource of the site carries of it."""
