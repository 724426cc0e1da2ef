/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What started this process and watches it, if it asked to be told: systemd's notification protocol
 * (sd_notify(3), "Notes"), a datagram to the socket that $NOTIFY_SOCKET names. */

/* Takes the socket's name out of the environment, so that no child tells in our name. To be called
 * before there are children; without it, or without a supervisor, nothing below does anything. */
void supervisor_open(void);

/* Tells a state, such as "READY=1", "WATCHDOG=1" or "STOPPING=1". What cannot be told is dropped:
 * it must hold up nobody. */
void supervisor_tell(const char *state);
