-- The span of its sender's call, as W3C's traceparent names it: whoever starts its workflow, goes on with that trace.
ALTER TABLE sends ADD COLUMN traceparent text;
