/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "store/redis_process.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/memory.h"
#include "store/url.h"

#define SERVER         "redis-server"
#define PROBE_MS       200
#define TAIL_BYTES_MAX 2048

/* The directives and why; appendfsync and maxmemory are filled in. Paths are relative: the server
 * runs in DIR/redis. */
static const char config_format[] =
    "# Written at each start; changes are lost.\n"
    "daemonize no\n"
    "supervised no\n"
    "port 0\n"
    "unixsocket redis.sock\n"
    "unixsocketperm 600\n"
    "dir ./\n"
    "logfile redis.log\n"
    "databases 1\n"
    "# An answered write is on the disk.\n"
    "save \"\"\n"
    "appendonly yes\n"
    "appendfsync %s\n"
    "no-appendfsync-on-rewrite no\n"
    "# What a crash cut off in mid-write was never answered.\n"
    "aof-load-truncated yes\n"
    "aof-use-rdb-preamble yes\n"
    "auto-aof-rewrite-percentage 100\n"
    "auto-aof-rewrite-min-size 64mb\n"
    "# Nothing is ever dropped to make room.\n"
    "maxmemory-policy noeviction\n"
    "# Full it refuses writes; without a limit the kernel would end it.\n"
    "maxmemory %" PRIu64 "\n"
    "# Compact hashes for what one reservation or one slot inventory holds.\n"
    "hash-max-listpack-entries 512\n"
    "hash-max-listpack-value 512\n"
    "stream-node-max-bytes 4096\n"
    "stream-node-max-entries 100\n"
    "# Processor time for bookings.\n"
    "activedefrag no\n"
    "latency-tracking no\n";

void redis_process_path(const char *data_dir, const char *file, struct buffer *path)
{
    buffer_printf(path, "%s/redis/%s", data_dir, file);
    *buffer_reserve(path, 1) = '\0';
}

static int open_file(const char *data_dir, const char *file, int flags)
{
    struct buffer path = {0};
    int fd;

    redis_process_path(data_dir, file, &path);
    fd = open(path.data, flags | O_CLOEXEC, 0600);
    buffer_free(&path);
    return fd;
}

static bool failed(struct buffer *error, const char *what, const char *data_dir, const char *file)
{
    buffer_printf(error, "cannot %s %s%s: %s", what, data_dir, file, strerror(errno));
    return false;
}

static bool fits_socket(const char *data_dir, struct buffer *error)
{
    size_t length = strlen(data_dir) + strlen("/redis/redis.sock");

    if (length <= STORE_UNIX_PATH_MAX)
        return true;
    buffer_printf(
        error,
        "the data directory %s is too long: its socket %s/redis/redis.sock would take %zu "
        "bytes, and the path of a unix socket is limited to %d",
        data_dir, data_dir, length, STORE_UNIX_PATH_MAX);
    return false;
}

bool redis_process_make_directory(const char *data_dir, struct buffer *error)
{
    struct buffer path = {0};
    bool made;

    if (!fits_socket(data_dir, error))
        return false;
    if (mkdir(data_dir, 0700) < 0 && errno != EEXIST)
        return failed(error, "make the directory", data_dir, "");
    redis_process_path(data_dir, "", &path);
    made = (mkdir(path.data, 0700) == 0 || errno == EEXIST) && chmod(path.data, 0700) == 0;
    buffer_free(&path);
    return made || failed(error, "make the directory", data_dir, "/redis");
}

bool redis_process_write_config(const char *data_dir, const char *appendfsync,
                                uint64_t memory_bytes_max, struct buffer *error)
{
    static const char *const policies[] = {"always", "everysec", "no"};
    bool known = false, written;
    int fd;

    for (size_t i = 0; i < sizeof policies / sizeof *policies; i++)
        known |= strcmp(policies[i], appendfsync) == 0;
    if (!known) {
        buffer_printf(error, "appendfsync is always, everysec or no, not %s", appendfsync);
        return false;
    }
    fd = open_file(data_dir, "redis.conf", O_WRONLY | O_CREAT | O_TRUNC);
    if (fd < 0)
        return failed(error, "write", data_dir, "/redis/redis.conf");
    written = dprintf(fd, config_format, appendfsync, memory_bytes_max) > 0;
    close(fd);
    return written || failed(error, "write", data_dir, "/redis/redis.conf");
}

/* The program's path, owned by the caller; NULL when it is not installed. Looked up before the
 * fork, since a child of a process with threads may do little. */
static char *find_server(void)
{
    const char *search = getenv("PATH");
    struct text rest = text_of(search && *search ? search : "/usr/local/bin:/usr/bin:/bin"), part;

    while (text_split(&rest, ':', &part)) {
        struct buffer path = {0};
        buffer_printf(&path, "%.*s/%s", TEXT_ARG(part.length ? part : TEXT(".")), SERVER);
        buffer_append_byte(&path, '\0');
        if (access(path.data, X_OK) == 0)
            return path.data;
        buffer_free(&path);
    }
    return NULL;
}

/* In the child. Never returns; what fails goes to `report_fd` as an errno. */
static _Noreturn void become_server(const char *program, const char *directory, int lock_fd,
                                    int log_fd, int report_fd, pid_t owner)
{
    char *const arguments[] = {(char *)SERVER, (char *)"redis.conf", NULL};
    int null_fd = open("/dev/null", O_RDWR);
    sigset_t none;
    int error;

    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    setsid();
    umask(077); /* the files of Redis are its owner's alone */
    close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
    fcntl(lock_fd, F_SETFD, 0);
    if (chdir(directory) == 0 && dup2(null_fd, 0) >= 0 && dup2(log_fd, 1) >= 0 &&
        dup2(log_fd, 2) >= 0 && prctl(PR_SET_PDEATHSIG, SIGTERM) == 0) {
        /* The owner may have died before it could be watched. */
        if (getppid() != owner)
            _exit(1);
        execv(program, arguments);
    }
    error = errno;
    if (write(report_fd, &error, sizeof error) < 0)
        _exit(2);
    _exit(1);
}

static pid_t fork_server(const char *program, const char *directory, int lock_fd, int log_fd,
                         struct buffer *error)
{
    int report[2], reason = 0;
    pid_t owner = getpid(), child;

    if (pipe2(report, O_CLOEXEC) < 0) {
        buffer_printf(error, "cannot start %s: %s", program, strerror(errno));
        return -1;
    }
    child = fork();
    if (child == 0)
        become_server(program, directory, lock_fd, log_fd, report[1], owner);
    if (child < 0)
        reason = errno;
    close(report[1]);
    /* Ends with the exec, which closes the other end. */
    if (child > 0 && read(report[0], &reason, sizeof reason) == sizeof reason)
        while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
            ;
    close(report[0]);
    if (!reason)
        return child;
    buffer_printf(error, "cannot start %s: %s", program, strerror(reason));
    return -1;
}

pid_t redis_process_start(const char *data_dir, int lock_fd, struct buffer *error)
{
    char *program = find_server();
    struct buffer directory = {0};
    pid_t child = -1;
    int log_fd;

    if (!program) {
        buffer_append(error, TEXT("redis-server is not installed: it comes with the Debian package "
                                  "redis-server (apt-get install redis-server)"));
        return -1;
    }
    redis_process_path(data_dir, "", &directory);
    log_fd = open_file(data_dir, "redis.log", O_WRONLY | O_CREAT | O_APPEND);
    if (log_fd < 0) {
        failed(error, "write", data_dir, "/redis/redis.log");
    } else {
        child = fork_server(program, directory.data, lock_fd, log_fd, error);
        close(log_fd);
    }
    buffer_free(&directory);
    free(program);
    return child;
}

off_t redis_process_log_size(const char *data_dir)
{
    int fd = open_file(data_dir, "redis.log", O_RDONLY);
    off_t size = 0;

    if (fd >= 0) {
        size = lseek(fd, 0, SEEK_END);
        close(fd);
    }
    return size;
}

void redis_process_log_tail(const char *data_dir, off_t offset, struct buffer *text)
{
    int fd = open_file(data_dir, "redis.log", O_RDONLY);
    char bytes[TAIL_BYTES_MAX];
    off_t size;
    ssize_t count;

    if (fd < 0)
        return;
    size = lseek(fd, 0, SEEK_END);
    if (size - offset > TAIL_BYTES_MAX)
        offset = size - TAIL_BYTES_MAX;
    count = pread(fd, bytes, sizeof bytes, offset);
    if (count > 0)
        buffer_append(text, text_bytes(bytes, (size_t)count));
    close(fd);
}

static bool exchange_ping(int fd)
{
    struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
    char answer[5];

    return send(fd, "PING\r\n", 6, MSG_NOSIGNAL) == 6 && poll(&poll_fd, 1, PROBE_MS) == 1 &&
           recv(fd, answer, sizeof answer, 0) == sizeof answer &&
           memcmp(answer, "+PONG", sizeof answer) == 0;
}

bool redis_process_answers(const char *data_dir)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    struct buffer path = {0};
    bool answers = false;

    if (fd < 0)
        return false;
    redis_process_path(data_dir, "redis.sock", &path);
    if (path.length <= STORE_UNIX_PATH_MAX) {
        memcpy(address.sun_path, path.data, path.length + 1);
        answers =
            connect(fd, (struct sockaddr *)&address, sizeof address) == 0 && exchange_ping(fd);
    }
    buffer_free(&path);
    close(fd);
    return answers;
}
