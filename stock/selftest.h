/* SPDX-License-Identifier: GPL-2.0-only */
/* What both self-tests need to be modules of their own. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/device.h>
#include <linux/io-pgtable.h>
#include <linux/module.h>
#include <linux/sizes.h>

/* Stock's formats do not warn of what the self-tests provoke. Ours never do. */
static bool selftest_running;

MODULE_DESCRIPTION("Self-test of the kernel's own page table format");
MODULE_LICENSE("GPL");
