"""Documents as the office prints them, made from plain facts: Word and Excel."""
