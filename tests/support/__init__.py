"""What tests share: a clock that stands still, AWS in process, a WordPress that can misbehave."""
