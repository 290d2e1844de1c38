-- name: plan_for_this!
-- For this transaction: plans made for the values at hand, and none that would read a table of many
-- merchants from its beginning, hoping to meet one merchant's rows soon.
SELECT set_config('plan_cache_mode', 'force_custom_plan', true),
    set_config('enable_seqscan', 'off', true), set_config('jit', 'off', true);
