"""How dates are written where no template says it: in the console, whose clock is UTC."""
