"""Documents that an office hands out: what each kind says, its template, its number in a series."""
