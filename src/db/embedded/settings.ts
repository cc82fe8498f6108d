/** The settings of the embedded server: a small machine that it shares with Dunlin, and no door but the socket. */

/** Sizes fit 1–4 GB of memory; durability is never traded. */
export const serverSettings = {
  listen_addresses: "",
  unix_socket_permissions: "0700",
  max_connections: "60",
  shared_buffers: "64MB",
  effective_cache_size: "512MB",
  work_mem: "8MB",
  maintenance_work_mem: "64MB",
  max_parallel_workers_per_gather: "0",
  io_method: "sync",
  jit: "off",
  fsync: "on",
  full_page_writes: "on",
  synchronous_commit: "on",
  wal_buffers: "8MB",
  max_wal_size: "1GB",
  checkpoint_timeout: "10min",
  random_page_cost: "1.1",
  autovacuum_max_workers: "2",
  // Statements that were planned while a table was empty read all of it until statistics tell that it has grown.
  autovacuum_naptime: "5s",
  timezone: "UTC",
  log_timezone: "UTC",
  log_min_messages: "warning",
  log_checkpoints: "off",
  // Terse lines leave out the values of rows, which may be personal data.
  log_error_verbosity: "terse",
  log_line_prefix: "%m [%p] ",
} as const;

/** Settings as arguments of `postgres`. */
export function settingArguments(settings: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
}
