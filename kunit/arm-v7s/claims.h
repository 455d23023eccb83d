/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Declarations for the suites of Armv7 short descriptors
 */
#ifndef __ARM_V7S_CLAIMS_H
#define __ARM_V7S_CLAIMS_H

#include "oracle.h"
#include "../conformance/conformance.h"

extern const struct conf_claims v7s;

struct v7s_result v7s_walk_tables(struct conf_fixture *f, u64 iova);

static inline struct v7s_regs *v7s_regs(struct conf_fixture *f)
{
	return f->regs;
}

#endif /* __ARM_V7S_CLAIMS_H */
