-- For this transaction: the server ends a function after $1 milliseconds, and when the worker is gone, for which it looks every 5 seconds.
select set_config('statement_timeout', $1, true), set_config('client_connection_check_interval', '5s', true)
