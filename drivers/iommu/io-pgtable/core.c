// SPDX-License-Identifier: GPL-2.0-only
/*
 * io-pgtable core: the registry of page table formats.
 *
 * Finds the best implementation of a format, pins it, makes and frees tables with it. If a format
 * is missing, the core tells the caller whether to wait or to give up. The core knows the names
 * and Kconfig symbols of the formats with a number, and nothing else of any format.
 */
#define pr_fmt(fmt) "io-pgtable: " fmt

#include <kunit/static_stub.h>
#include <kunit/visibility.h>
#include <linux/async.h>
#include <linux/atomic.h>
#include <linux/bitops.h>
#include <linux/delay.h>
#include <linux/device.h>
#include <linux/device/driver.h>
#include <linux/err.h>
#include <linux/export.h>
#include <linux/io-pgtable-format.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/kmod.h>
#include <linux/list.h>
#include <linux/minmax.h>
#include <linux/preempt.h>
#include <linux/ratelimit.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/workqueue.h>

#include "../../base/base.h"	/* driver_deferred_probe_trigger() */
#include "core.h"

/* Modules that provide formats, and the Kconfig symbol of each: NULL if enabled */
enum provider { LPAE, ARMV7S, MALI, AMD, DART };

static const char *const to_enable[] = {
#define PROVIDER(_provider, CONFIG_OF_PROVIDER)				\
	[_provider] = IS_ENABLED(CONFIG_OF_PROVIDER) ? NULL : #CONFIG_OF_PROVIDER

	/* Full symbol names, since kbuild searches the source for them to find dependencies */
	PROVIDER(LPAE, CONFIG_IOMMU_IO_PGTABLE_LPAE),
	PROVIDER(ARMV7S, CONFIG_IOMMU_IO_PGTABLE_ARMV7S),
	PROVIDER(MALI, CONFIG_IOMMU_IO_PGTABLE_MALI),
	PROVIDER(AMD, CONFIG_AMD_IOMMU),
	/* The kernel's own implementation is sufficient, too. */
#if IS_ENABLED(CONFIG_IOMMU_IO_PGTABLE_DART)
	PROVIDER(DART, CONFIG_IOMMU_IO_PGTABLE_DART),
#else
	PROVIDER(DART, CONFIG_IOMMU_IO_PGTABLE_APPLE_DART),
#endif
};

/* Data to report formats that are missing */
static const struct {
	char name[15];	/* also the end of the module alias */
	u8 provider;
} known_formats[IO_PGTABLE_NUM_FMTS] = {
#define KNOWN_FORMAT(_fmt, _provider)					\
	[_fmt] = { #_fmt, _provider }

	KNOWN_FORMAT(ARM_32_LPAE_S1, LPAE),
	KNOWN_FORMAT(ARM_32_LPAE_S2, LPAE),
	KNOWN_FORMAT(ARM_64_LPAE_S1, LPAE),
	KNOWN_FORMAT(ARM_64_LPAE_S2, LPAE),
	KNOWN_FORMAT(ARM_V7S, ARMV7S),
	KNOWN_FORMAT(ARM_MALI_LPAE, MALI),
	KNOWN_FORMAT(AMD_IOMMU_V1, AMD),
	KNOWN_FORMAT(AMD_IOMMU_V2, AMD),
	KNOWN_FORMAT(APPLE_DART, DART),
	KNOWN_FORMAT(APPLE_DART2, DART),
};

/*
 * All implementations of all formats, sorted by priority, the highest first. Formats are pinned
 * with the lock held and unpinned without it. The lock is a raw spinlock, since
 * __module_address() requires disabled preemption. No other lock is taken while it is held.
 */
LIST_HEAD(io_pgtable_formats);
LIST_HEAD(io_pgtable_holders);
DEFINE_RAW_SPINLOCK(io_pgtable_lock);
EXPORT_SYMBOL_IF_KUNIT(io_pgtable_lock);

/*
 * The arrays of formats that were unregistered last. The arrays may have been freed: the core
 * only looks up to which module an address belongs, and never dereferences it.
 */
static void *departed[4];
static unsigned int departures;	/* how many arrays were unregistered */

/*
 * Names of formats
 */

static bool name_is_vendors(const char *name)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789-_.+";
	size_t len = strspn(name, allowed), format;

	if (!len || name[len++] != ',')
		return false;
	format = strspn(name + len, allowed);
	len += format;
	return format && !name[len] && len <= IO_PGTABLE_NAME_MAX;
}

/*
 * Whether an implementation builds on another one. Only the optional checker does. Without
 * CONFIG_IOMMU_IO_PGTABLE_LAYERS the compiler removes the code for layers.
 */
static bool format_is_layer(const struct io_pgtable_format *f)
{
	return IS_ENABLED(CONFIG_IOMMU_IO_PGTABLE_LAYERS) && f->fns->alloc_over;
}

/* The number of a format; IO_PGTABLE_NUM_FMTS if the format has no number */
static enum io_pgtable_fmt fmt_of(const char *id)
{
	size_t offset = id - known_formats[0].name;

	return min(offset / sizeof(known_formats[0]), (size_t)IO_PGTABLE_NUM_FMTS);
}

/*
 * Find the identifier of a format, given its name, or its number if @name is NULL. Formats with a
 * number are identified by the address of the name in known_formats, so that fmt_of() and
 * format_is() need not compare strings. Return: the name; NULL if there is no such format.
 */
const char *io_pgtable_id_of(enum io_pgtable_fmt fmt, const char *name)
{
	if (name)
		for (fmt = 0; fmt < IO_PGTABLE_NUM_FMTS; fmt++)
			if (!strcmp(name, known_formats[fmt].name))
				break;
	if ((unsigned int)fmt < IO_PGTABLE_NUM_FMTS)
		return known_formats[fmt].name;
	return name && name_is_vendors(name) ? name : NULL;
}

/* Whether @f implements format @id. Names of formats without a number are compared as strings. */
static bool format_is(const struct io_pgtable_format *f, const char *id)
{
	return f->id == id || (fmt_of(id) == IO_PGTABLE_NUM_FMTS && !strcmp(f->id, id));
}

/*
 * Pins
 */

/*
 * Pin the best implementation of a format below @above, or the best of all if @above is NULL. If
 * @base is set, pin the implementation with the lowest priority instead, and skip layers. A
 * module that is being unloaded cannot be pinned, so its formats are skipped.
 */
static struct io_pgtable_format *format_pin_locked(const char *id,
						   struct io_pgtable_format *above, bool base)
{
	struct list_head *at = above ? &above->node : &io_pgtable_formats;
	struct io_pgtable_format *f;

	lockdep_assert_held(&io_pgtable_lock);

	for (;;) {
		at = base ? at->prev : at->next;
		if (at == &io_pgtable_formats)
			return NULL;
		f = list_entry(at, struct io_pgtable_format, node);
		if (f->failed || (base && format_is_layer(f)) ||
		    (*f->id != *IO_PGTABLE_EVERY_FORMAT && !format_is(f, id)))
			continue;
		if (try_module_get(f->owner)) {
			atomic_inc(&f->pins);
			return f;
		}
	}
}

static struct io_pgtable_format *format_pin(const char *id,
					    struct io_pgtable_format *above, bool base)
{
	struct io_pgtable_format *f;

	raw_spin_lock(&io_pgtable_lock);
	f = format_pin_locked(id, above, base);
	raw_spin_unlock(&io_pgtable_lock);

	return f;
}

/* Does not take the lock, since tables may be freed in interrupt context. */
static noinline void format_unpin(struct io_pgtable_format *f)
{
	struct module *owner = f->owner;

	/*
	 * Release: orders all uses of the format before the decrement. After the last decrement,
	 * io_pgtable_unregister_formats() succeeds, and its caller may free the format.
	 */
	atomic_fetch_dec_release(&f->pins);
	module_put(owner);
}

/*
 * Registration
 */

static int format_check(struct io_pgtable_format *f, struct module *owner)
{
	const struct io_pgtable_init_fns *fns = f->fns;
	int ret;

	if (f->node.next)
		return -EEXIST;
	if (!fns || !fns->free || !(fns->alloc || format_is_layer(f)))
		return -EINVAL;
	f->id = io_pgtable_id_of(f->fmt, f->name);
	if (format_is_layer(f) && f->name && !strcmp(f->name, IO_PGTABLE_EVERY_FORMAT))
		f->id = f->name;
	if (!f->id)
		return -EINVAL;
	f->owner = owner;
	atomic_set(&f->pins, 0);
	ret = io_pgtable_selftest(f);
	f->failed = ret;
	return ret == -ENOMEM ? ret : 0;
}

/*
 * Drivers hold the implementation with the lowest priority, independently of the order in which
 * implementations are loaded. So implementations with a higher priority can be unloaded when they
 * have no tables. The look-up cannot fail, since the old implementation is pinned. Return: whether
 * the driver holds another implementation now.
 */
static bool holder_update(struct io_pgtable_holder *holder)
{
	struct io_pgtable_format *old = holder->format;

	holder->format = format_pin_locked(old->id, NULL, true);
	format_unpin(old);
	return holder->format != old;
}

static int registry_insert(struct io_pgtable_format *f)
{
	struct io_pgtable_format *other;

	lockdep_assert_held(&io_pgtable_lock);

	list_for_each_entry(other, &io_pgtable_formats, node) {
		if (other->priority < f->priority)
			break;
		if (other->priority == f->priority && format_is(other, f->id)) {
			pr_err("format %s is registered by %s\n", f->id,
			       module_name(other->owner));
			return -EEXIST;
		}
	}
	list_add_tail(&f->node, &other->node);
	return 0;
}

static void registry_remove(struct io_pgtable_format *f)
{
	__list_del_entry(&f->node);
	f->node.next = NULL;
}

/**
 * __io_pgtable_register_formats() - add formats to the registry, all or none
 * @formats: array of formats; not copied
 * @n: number of formats
 * @owner: the module that contains their code, NULL if built in
 *
 * The formats can be pinned as soon as they are in the registry. A module's init must call this
 * last, since init must not fail afterwards. Devices whose probe was deferred are probed again.
 *
 * With CONFIG_IOMMU_IO_PGTABLE_SELFTEST each format runs a self-test first. A format that fails
 * the self-test is registered, but never makes a table. If there is no memory for the self-test,
 * nothing is registered.
 *
 * Context: process context. May sleep.
 * Return: 0; -EINVAL if @n is 0, a number is out of range, a name is not valid (see
 * &io_pgtable_format.name) or a function is missing; -EEXIST if a format already has an
 * implementation with the same priority, in the registry or in @formats; -ENOMEM. On error
 * nothing is registered.
 */
int __io_pgtable_register_formats(struct io_pgtable_format *formats, size_t n,
				  struct module *owner)
{
	struct io_pgtable_holder *holder;
	int ret = n ? 0 : -EINVAL;
	size_t i;

	might_sleep();
	for (i = 0; !ret && i < n; i++)
		ret = format_check(&formats[i], owner);
	if (ret)
		return ret;

	raw_spin_lock(&io_pgtable_lock);
	for (i = 0; !ret && i < n; i++)
		ret = registry_insert(&formats[i]);
	if (ret)
		for (i--; i--; )
			registry_remove(&formats[i]);
	for (i = 0; i < n; i++)
		trace_io_pgtable_register(&formats[i], ret);
	list_for_each_entry(holder, &io_pgtable_holders, node)
		if (holder_update(holder))
			trace_io_pgtable_pin(holder->format->id, holder->format, holder->dev, 0,
					     true);
	raw_spin_unlock(&io_pgtable_lock);

	/* The driver core does not do this, since no device is bound when a format registers. */
	if (!ret)
		driver_deferred_probe_trigger();
	return ret;
}
EXPORT_SYMBOL_GPL(__io_pgtable_register_formats);

/**
 * io_pgtable_unregister_formats() - remove formats from the registry, all or none
 * @formats: the array that was registered
 * @n: number of formats
 *
 * Does not wait until the formats are unpinned. A concurrent look-up either pins the format
 * before it is removed, or does not find it. In a module's exit this always succeeds, since the
 * exit does not run while a format of the module is pinned.
 *
 * Context: process context. Sleeps with CONFIG_IOMMU_IO_PGTABLE_DIRECT_CALLS.
 * Return: 0; -ENOENT if one of the formats is not in the registry; -EBUSY if a table or a driver
 * holds one of the formats. On error nothing is unregistered.
 */
int io_pgtable_unregister_formats(struct io_pgtable_format *formats, size_t n)
{
	int ret = 0;
	size_t i;

	raw_spin_lock(&io_pgtable_lock);
	for (i = 0; !ret && i < n; i++) {
		if (!formats[i].node.next)
			ret = -ENOENT;
		else if (atomic_read_acquire(&formats[i].pins))
			ret = -EBUSY;	/* Acquire: pairs with format_unpin() */
	}
	if (!ret) {
		for (i = 0; i < n; i++)
			registry_remove(&formats[i]);
		departed[departures % ARRAY_SIZE(departed)] = formats;
		WRITE_ONCE(departures, departures + 1);
	}
	for (i = 0; i < n; i++)
		trace_io_pgtable_unregister(&formats[i], ret);
	raw_spin_unlock(&io_pgtable_lock);

	if (!ret)
		io_pgtable_direct_unset(formats, n);
	return ret;
}
EXPORT_SYMBOL_GPL(io_pgtable_unregister_formats);

/*
 * Missing formats: wait or give up
 */

/* The symbol to enable for a format; NULL if the symbol is enabled or not known */
static const char *symbol_to_enable(const char *id)
{
	enum io_pgtable_fmt fmt = fmt_of(id);

	return fmt < IO_PGTABLE_NUM_FMTS ? to_enable[known_formats[fmt].provider] : NULL;
}

VISIBLE_IF_KUNIT bool io_pgtable_configured(const char *id)
{
	KUNIT_STATIC_STUB_REDIRECT(io_pgtable_configured, id);
	return !symbol_to_enable(id);
}
EXPORT_SYMBOL_IF_KUNIT(io_pgtable_configured);

/* Whether the deferral window is open: modules may still be loaded without any action */
VISIBLE_IF_KUNIT bool io_pgtable_window_open(struct device *dev)
{
	KUNIT_STATIC_STUB_REDIRECT(io_pgtable_window_open, dev);
	return driver_deferred_probe_check_state(dev) == -EPROBE_DEFER;
}
EXPORT_SYMBOL_IF_KUNIT(io_pgtable_window_open);

/*
 * Ask user space for the module. Return: whether modprobe was called. An async probe must not
 * wait for modprobe, since modprobe may be waiting for all async work to finish.
 */
VISIBLE_IF_KUNIT bool io_pgtable_request_module(const char *id)
{
	KUNIT_STATIC_STUB_REDIRECT(io_pgtable_request_module, id);
	if (IS_ENABLED(CONFIG_MODULES) && current_is_async())
		return false;
	request_module("io-pgtable-%s", id);
	return true;
}
EXPORT_SYMBOL_IF_KUNIT(io_pgtable_request_module);

static struct io_pgtable_format *format_get(const char *id, struct device *prober);

struct load {
	struct work_struct work;
	char name[IO_PGTABLE_NAME_MAX + 1];
};

/* If the module is loaded, the registration of its formats triggers deferred probes. */
static void load_format(struct work_struct *work)
{
	struct load *load = container_of(work, struct load, work);
	struct io_pgtable_format *f = format_get(io_pgtable_id_of(0, load->name), NULL);

	if (!IS_ERR(f))
		format_unpin(f);
	kfree(load);
}

/*
 * Load a format in a worker, for a caller that must not wait. If there is no memory for the work
 * item, the next probe of the device requests the module again.
 */
VISIBLE_IF_KUNIT void io_pgtable_load_later(const char *id)
{
	struct load *load;

	KUNIT_STATIC_STUB_REDIRECT(io_pgtable_load_later, id);
	load = kmalloc(sizeof(*load), GFP_KERNEL);
	if (!load)
		return;
	INIT_WORK(&load->work, load_format);
	strscpy(load->name, id, sizeof(load->name));
	queue_work(system_long_wq, &load->work);
}
EXPORT_SYMBOL_IF_KUNIT(io_pgtable_load_later);

/*
 * Whether a module is being unloaded that has this format, or that had formats. Until that module
 * is freed, modprobe either treats it as loaded, or fails. The unload can no longer be undone
 * once its formats cannot be pinned. It takes the last reference first (module_refcount() is then
 * negative), then sets the module's state, and then exit unregisters the formats. If a module's
 * init fails, its formats are unregistered while the module has references: the module's state
 * shows that.
 */
static bool format_is_leaving(const char *id)
{
	bool leaving = false;
#ifdef CONFIG_MODULE_UNLOAD
	struct io_pgtable_format *f;
	struct module *module;
	unsigned int i;

	raw_spin_lock(&io_pgtable_lock);
	list_for_each_entry(f, &io_pgtable_formats, node)
		leaving |= format_is(f, id) && f->owner && module_refcount(f->owner) < 0;
	for (i = 0; i < ARRAY_SIZE(departed); i++) {
		module = __module_address((unsigned long)departed[i]);
		leaving |= module && !module_is_live(module);
	}
	raw_spin_unlock(&io_pgtable_lock);
#endif
	return leaving;
}

/*
 * Pin the base of a format, and load the format's module if needed. @prober is the device whose
 * probe is running, or NULL outside of its probe. Outside of probe this never returns
 * -EPROBE_DEFER: nobody would try again, and the error may be returned to user space. Async work
 * counts as a probe: that of a master, for which the IOMMU core makes a table.
 *
 * If the module is being unloaded, wait for the end of the unload. Do not wait in an async probe,
 * since the unload may be waiting for that probe. Do not wait forever, since the unload may be
 * waiting for a lock that the caller holds. The exact end of the unload cannot be observed, and
 * modprobe may fail just before it. So after formats were unregistered, request the module twice
 * after the unload seems complete. The result of a request during the unload is ignored.
 */
static struct io_pgtable_format *format_get(const char *id, struct device *prober)
{
	unsigned int patience = current_is_async() ? 0 : 250;
	unsigned int asks = 1, seen = 0;
	struct io_pgtable_format *f;
	bool answered = true, leaving;

	/* A successful modprobe does not guarantee that the format is registered. */
	while (!(f = format_pin(id, NULL, true))) {
		leaving = format_is_leaving(id);
		if (leaving && patience) {
			patience--;
			msleep(20);
			continue;
		}
		answered &= !leaving;
		if (seen != READ_ONCE(departures)) {
			seen = READ_ONCE(departures);
			asks = 2;
			/* The unload may have begun after format_is_leaving(). */
			continue;
		}
		if (!asks--)
			break;
		answered &= io_pgtable_request_module(id);
	}
	if (f)
		return f;

	if (!answered)
		io_pgtable_load_later(id);
	if (!prober && !current_is_async())
		return ERR_PTR(-ENOENT);
	if (answered && (!prober || !io_pgtable_configured(id) || !io_pgtable_window_open(prober)))
		return ERR_PTR(-ENOENT);
	return ERR_PTR(-EPROBE_DEFER);
}

static void trace_missing(const char *id, const struct device *dev, int err)
{
	if (err == -EPROBE_DEFER)
		trace_io_pgtable_defer(id, dev);
	else
		trace_io_pgtable_absent(id, dev);
}

/* Report what is missing, and what an administrator can do. */
static noinline int format_missing(struct device *dev, const char *id, int err)
{
	const char *symbol = symbol_to_enable(id);
	const char *advice = symbol ? "not configured, enable " :
				      "load it with modprobe io-pgtable-";

	if (!dev) {
		pr_err("no page table format %s: %s%s\n", id, advice, symbol ?: id);
		return err;
	}
	return dev_err_probe(dev, err, "%s page table format %s: %s%s\n",
			     err == -EPROBE_DEFER ? "waiting for" : "no", id,
			     advice, symbol ?: id);
}

static void holder_release(struct device *dev, void *data)
{
	struct io_pgtable_holder *holder = data;

	raw_spin_lock(&io_pgtable_lock);
	list_del(&holder->node);
	raw_spin_unlock(&io_pgtable_lock);
	format_unpin(holder->format);
}

/**
 * __devm_io_pgtable_get_format() - pin a format while a driver is bound
 * @dev: the device that is being probed
 * @fmt: the format's number, if @name is NULL
 * @name: the format's name, or NULL
 * @optional: whether a missing format is not an error
 *
 * Implements devm_io_pgtable_get_format() and its variants.
 *
 * Context: probe of @dev. May sleep.
 * Return: as those functions.
 */
int __devm_io_pgtable_get_format(struct device *dev, enum io_pgtable_fmt fmt,
				 const char *name, bool optional)
{
	const char *id = io_pgtable_id_of(fmt, name);
	struct io_pgtable_holder *holder;
	struct io_pgtable_format *f;

	might_sleep();
	if (!id)
		return -EINVAL;

	f = format_get(id, optional ? NULL : dev);
	if (IS_ERR(f)) {
		trace_missing(id, dev, PTR_ERR(f));
		return optional ? 0 : format_missing(dev, id, PTR_ERR(f));
	}

	holder = devres_alloc(holder_release, sizeof(*holder), GFP_KERNEL);
	if (!holder) {
		format_unpin(f);
		return -ENOMEM;
	}
	holder->dev = dev;
	holder->format = f;
	raw_spin_lock(&io_pgtable_lock);
	/* An implementation with a lower priority may have been registered since format_get(). */
	holder_update(holder);
	trace_io_pgtable_pin(id, holder->format, dev, 0, true);
	list_add_tail(&holder->node, &io_pgtable_holders);
	raw_spin_unlock(&io_pgtable_lock);
	devres_add(dev, holder);
	return 0;
}
EXPORT_SYMBOL_GPL(__devm_io_pgtable_get_format);

/*
 * Tables
 */

static struct io_pgtable *call_alloc(const struct io_pgtable_init_fns *fns,
				     struct io_pgtable_cfg *cfg, void *cookie)
{
	unsigned long quirks = cfg->quirks;
	struct io_pgtable *iop;

	if (cfg->alloc && !(fns->caps & IO_PGTABLE_CAP_CUSTOM_ALLOCATOR))
		return ERR_PTR(-EOPNOTSUPP);
	if (cfg->format_cfg_size != fns->format_cfg_size ||
	    !cfg->format_cfg != !fns->format_cfg_size)
		return ERR_PTR(-EINVAL);
	if (!(fns->caps & IO_PGTABLE_CAP_OPTIONAL_QUIRKS))
		cfg->quirks &= ~IO_PGTABLE_QUIRKS_OPTIONAL;
	/* Formats written for the kernel's own core return NULL on every error. */
	iop = fns->alloc(cfg, cookie) ?: ERR_PTR(-ENOMEM);
	if (IS_ERR(iop))
		cfg->quirks = quirks;
	return iop;
}

/*
 * Make a table with @f. If @f is a layer that does not want the table, use the implementation
 * below @f. A table that no other table builds on (@top) gets a number and is listed in debugfs.
 * @f is pinned by the caller: the pin becomes the table's, or is dropped. If @f is a layer, the
 * caller has pinned the base too, so that each layer finds an implementation below.
 */
static struct io_pgtable_ops *table_create(struct io_pgtable_format *f, const char *id,
					   struct io_pgtable_cfg *cfg, void *cookie, bool top)
{
	static atomic_t tables;
	struct io_pgtable_below below = { .fmt = fmt_of(id), .name = id };
	struct io_pgtable *iop = NULL;

	while (!iop && format_is_layer(f)) {
		below.format = format_pin(id, f, false);
		iop = f->fns->alloc_over(&below, cfg, cookie);
		format_unpin(iop ? below.format : f);
		if (!iop)
			f = below.format;
	}
	if (!iop)
		iop = call_alloc(f->fns, cfg, cookie);
	if (IS_ERR(iop)) {
		trace_io_pgtable_alloc(id, f, cfg->iommu_dev, 0, PTR_ERR(iop));
		format_unpin(f);
		return ERR_CAST(iop);
	}

	iop->fmt = below.fmt;
	iop->number = 0;
	if (top && (IS_ENABLED(CONFIG_IOMMU_IO_PGTABLE_TABLES) ||
		    IS_ENABLED(CONFIG_IOMMU_IO_PGTABLE_TRACE)))
		iop->number = atomic_inc_return(&tables);
	iop->format = f;
	iop->cookie = cookie;
	iop->cfg = *cfg;
	if (top)
		io_pgtable_list(iop);
	io_pgtable_direct_set(iop);
	trace_io_pgtable_pin(id, f, cfg->iommu_dev, iop->number, false);
	trace_io_pgtable_alloc(id, f, cfg->iommu_dev, iop->number, 0);
	return &iop->ops;
}

#ifdef CONFIG_IOMMU_IO_PGTABLE_LAYERS
/**
 * io_pgtable_alloc_below() - make a table that another table builds on
 * @below: the implementation that makes the table
 * @cfg: as for io_pgtable_alloc()
 * @cookie: as for io_pgtable_alloc()
 *
 * For &io_pgtable_init_fns.alloc_over. Pins the implementation until the table is freed.
 *
 * Context: process context. May sleep.
 * Return: as io_pgtable_alloc(), except for the errors of a missing format.
 */
struct io_pgtable_ops *io_pgtable_alloc_below(const struct io_pgtable_below *below,
					      struct io_pgtable_cfg *cfg, void *cookie)
{
	/* The caller has pinned the format. */
	__module_get(below->format->owner);
	atomic_inc(&below->format->pins);
	return table_create(below->format, below->name, cfg, cookie, false);
}
EXPORT_SYMBOL_GPL(io_pgtable_alloc_below);
#endif

/**
 * __io_pgtable_alloc() - make an empty page table
 * @fmt: the format's number, if @name is NULL
 * @name: the format's name, or NULL
 * @cfg: the configuration; updated to what the table supports
 * @cookie: passed to the callbacks in @cfg
 *
 * Implements io_pgtable_alloc() and its variants.
 *
 * Context: process context. May sleep and load the format's module.
 * Return: as those functions.
 */
struct io_pgtable_ops *__io_pgtable_alloc(enum io_pgtable_fmt fmt, const char *name,
					  struct io_pgtable_cfg *cfg, void *cookie)
{
	/* Limits reports outside of probe, where user space can trigger many allocations */
	static DEFINE_RATELIMIT_STATE(reports, 3600 * HZ, 10);
	struct device *dev = cfg->iommu_dev;
	bool probing = dev && dev->links.status == DL_DEV_PROBING;
	struct io_pgtable_format *f, *base = NULL;
	const char *id = io_pgtable_id_of(fmt, name);
	struct io_pgtable_ops *ops;

	might_sleep();
	if (!id || !cfg->alloc != !cfg->free)
		return ERR_PTR(-EINVAL);

	f = format_pin(id, NULL, false);
	if (!f || format_is_layer(f)) {
		/* modprobe may load a base with a higher priority than that of a layer. */
		if (f)
			format_unpin(f);
		base = format_get(id, probing ? dev : NULL);
		if (IS_ERR(base)) {
			trace_missing(id, dev, PTR_ERR(base));
			if (probing || __ratelimit(&reports))
				format_missing(dev, id, PTR_ERR(base));
			return ERR_CAST(base);
		}
		f = format_pin(id, NULL, false);
	}
	ops = table_create(f, id, cfg, cookie, true);
	if (base)
		format_unpin(base);
	return ops;
}
EXPORT_SYMBOL_GPL(__io_pgtable_alloc);

/**
 * free_io_pgtable_ops() - destroy a page table
 * @ops: what io_pgtable_alloc() or alloc_io_pgtable_ops() returned, or NULL
 *
 * The caller ensures that no walker uses the table any more. Calls tlb_flush_all, frees the
 * table, and unpins the format.
 *
 * Context: any context where a spinlock can be taken (not NMI, and with PREEMPT_RT not hard
 * interrupt), provided that the callbacks in the table's configuration (tlb_flush_all and free)
 * allow it. Takes no lock of the core.
 */
void free_io_pgtable_ops(struct io_pgtable_ops *ops)
{
	struct io_pgtable_format *f;
	struct io_pgtable *iop;

	if (!ops)
		return;

	iop = io_pgtable_ops_to_pgtable(ops);
	f = iop->format;
	io_pgtable_unlist(iop);
	trace_io_pgtable_free(iop);
	io_pgtable_tlb_flush_all(iop);
	f->fns->free(iop);
	format_unpin(f);
}
EXPORT_SYMBOL_GPL(free_io_pgtable_ops);
