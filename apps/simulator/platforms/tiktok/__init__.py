"""TikTok: videos by direct post."""
