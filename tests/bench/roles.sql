-- The logins of the benches, once for the cluster: a member, a worker, a gateway that names the user of each request, and other queues.

create role bench_member login;
grant steward_user to bench_member;
create role bench_worker login;
grant steward_worker to bench_worker;
create role bench_gateway login noinherit;
create role bench_visitor nologin;
grant steward_user to bench_visitor;
grant bench_visitor to bench_gateway;
create role bench_peer login;
create role bench_seller login;
create role bench_rival login;
create role bench_banker login;
grant steward_user to bench_seller, bench_rival, bench_banker;
