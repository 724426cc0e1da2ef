/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "base/supervisor.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int supervisor_fd = -1;
static struct sockaddr_un address = {.sun_family = AF_UNIX};
static socklen_t address_length;

void supervisor_open(void)
{
    const char *name = getenv("NOTIFY_SOCKET");
    size_t length = name ? strlen(name) : 0;

    if (length > 1 && length < sizeof address.sun_path && strchr("/@", name[0])) {
        memcpy(address.sun_path, name, length);
        if (name[0] == '@') /* of the abstract namespace */
            address.sun_path[0] = '\0';
        address_length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
        supervisor_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    }
    unsetenv("NOTIFY_SOCKET");
}

void supervisor_tell(const char *state)
{
    if (supervisor_fd >= 0 && sendto(supervisor_fd, state, strlen(state), MSG_NOSIGNAL,
                                     (const struct sockaddr *)&address, address_length) < 0)
        return;
}
