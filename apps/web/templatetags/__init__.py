"""What templates of the tenant pages may say."""
