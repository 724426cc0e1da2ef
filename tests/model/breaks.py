# SPDX-FileCopyrightText: 2026 the jiaohao authors
# SPDX-License-Identifier: Apache-2.0
"""Breaks of the Functions: for each file the rule that is broken, the exact text, what stands
there instead. A text must stand in its file once."""
import breaks_booking
import breaks_days
import breaks_ledger
import breaks_waiting

BREAKS = (breaks_ledger.BREAKS | breaks_booking.BREAKS | breaks_waiting.BREAKS
          | breaks_days.BREAKS)
