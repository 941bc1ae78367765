// npm runs a script through a shell, and a shell that is told to stop tells nobody: when it is gone, this
// process must stop by itself, or its children go on without anybody who could stop them.

/** Sends this process SIGTERM when the process that started it is gone. Only for what npm runs. */
export function stopWithParent(everyMs = 250) {
  if (process.env.npm_lifecycle_event === undefined) return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    process.kill(process.pid, 'SIGTERM');
  }, everyMs);
  timer.unref();
}
