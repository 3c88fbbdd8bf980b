// The content policy allows no inline style and no evaluated attribute of htmx.
htmx.config.includeIndicatorStyles = false;
htmx.config.allowEval = false;
