"""What each partner's codes mean: one table a platform, narrow rules above wide ones, the first match wins."""
