// SPDX-License-Identifier: GPL-2.0-only
/*
 * Measures instructions in the kernel when the module is loaded.
 */
#include <linux/dma-mapping.h>
#include <linux/irqflags.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/platform_device.h>

#include "bench.h"
#include "counter.h"

module_param_named(only_ranges, bench_only_ranges, bool, 0444);
MODULE_PARM_DESC(only_ranges, "measure only ranges");

/* If @may_sleep, interrupts are on and may add instructions, but only in a few samples. */
int bench_time(bench_fn fn, const struct bench_work *work, bool may_sleep, u32 *result)
{
	unsigned long flags = 0;
	u32 start, end;
	int ret;

	if (!may_sleep)
		local_irq_save(flags);
	start = counter_read();
	ret = fn(work);
	end = counter_read();
	if (!may_sleep)
		local_irq_restore(flags);
	*result = end - start;
	return ret;
}

static int run_all(struct device *dev)
{
	unsigned int i;
	int ret;

	ret = bench_run_loops(dev);
	for (i = 0; !ret && i < 2 * bench_formats; i++)
		ret = bench_run_format(i / 2, dev, i % 2 == 0);
	pr_info("bench end %d\n", ret);
	return ret;
}

static int __init bench_init(void)
{
	struct platform_device *pdev;
	int ret;

	ret = counter_start();
	if (ret)
		return ret;
	pdev = platform_device_register_simple("io-pgtable-bench", -1, NULL, 0);
	if (IS_ERR(pdev))
		return PTR_ERR(pdev);
	ret = dma_coerce_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(64));
	if (!ret)
		ret = bench_limit_init(&pdev->dev);
	if (!ret)
		ret = run_all(&pdev->dev);
	bench_limit_exit();
	platform_device_unregister(pdev);
	return ret;
}
module_init(bench_init);

static void __exit bench_exit(void)
{
}
module_exit(bench_exit);

MODULE_DESCRIPTION("Measures io-pgtable formats");
MODULE_LICENSE("GPL");
