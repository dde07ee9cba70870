"""What follows from people's reviews: samples and their estimates, agreement, planning, error budgets."""
