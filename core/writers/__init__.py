"""Who turns facts into sentences: the template, and a language model under guard."""
