// SPDX-License-Identifier: GPL-2.0-only
/*
 * vfio-fuzz [-s SEED] [-r ROUND] [-t SECONDS] [-n CALLS] DEVICE...
 *
 * In each round every device has a worker, which uses a randomly chosen interface. Some workers,
 * and their children, are killed at a random time, several times a round; these workers do no DMA.
 * After each round, no page of a page table and no pinned page may be left. -r: the first round.
 */
#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "fuzz.h"

#define MAX_DEVICES	8
#define ROUND_LIMIT	240	/* seconds */
#define LIVES		6	/* starts of a worker that is killed, in a round */

struct counters *counters;

static struct {
	uint64_t seed;
	unsigned int round;
	unsigned int seconds;
	unsigned int calls;
} options = { .seed = 1, .seconds = 60, .calls = 1000 };

/**
 * struct slot - a device in a round
 * @device: the PCI address
 * @number: of the device
 * @pid: of the device's worker, or 0
 * @lives: number of further workers that are started and killed; 0: this worker is not killed
 * @end: time when the worker is killed
 * @random: source of the random times
 */
struct slot {
	const char *device;
	unsigned int number;
	pid_t pid;
	unsigned int lives;
	uint64_t end;
	struct random random;
};

static uint64_t milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000ULL + now.tv_nsec / 1000000;
}

void fail(struct worker *w, const char *format, ...)
{
	va_list args;

	printf("FAIL: seed %llu, round %u, device %s, %s%s, call %u: ", (unsigned long long)w->seed,
	       w->round, w->device, w->backend->name, w->is_child ? ", child" : "", w->op);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n");
	fflush(stdout);
	if (w->child > 0)
		kill(w->child, SIGKILL);
	_exit(1);
}

/*
 * Workers
 */

static void run_worker(const struct slot *slot)
{
	static const struct backend *const backends[] = {
		&type1_v2, &iommufd, &type1_v1, &iommufd,
	};
	static struct worker w;
	int err;

	w.device = slot->device;
	w.seed = options.seed;
	w.round = options.round;
	w.probes = !slot->lives;
	w.group = -1;
	random_seed(&w.random, options.seed, options.round, slot->number + 256 * slot->lives);
	w.backend = backends[(random_below(&w.random, 2) + slot->number + options.round) %
			     ARRAY_SIZE(backends)];
	memory_make(&w);
	err = w.backend->open(&w);
	if (err)
		fail(&w, "the device cannot be opened: error %d", err);
	device_begin(&w);
	calls_begin(&w);
	calls_random(&w, slot->lives ? -1U : options.calls);
	device_end(&w);
	w.backend->close(&w);
	_exit(0);
}

/* The worker gets its own process group, so that its children are killed with the worker. */
static void start(struct slot *slot)
{
	slot->end = milliseconds() + (slot->lives ? 50 + random_below(&slot->random, 2500) :
						    ROUND_LIMIT * 1000);
	fflush(stdout);
	slot->pid = fork();
	if (slot->pid < 0)
		err(1, "fork");
	if (!slot->pid) {
		setpgid(0, 0);
		run_worker(slot);
	}
	setpgid(slot->pid, slot->pid);
	count_up(&counters->workers);
}

/* Return: false if the worker has failed, or was to end and did not end in time */
static bool check(struct slot *slot)
{
	int status;
	pid_t pid = waitpid(slot->pid, &status, WNOHANG);

	if (!pid && milliseconds() < slot->end)
		return true;
	if (!pid) {
		kill(-slot->pid, SIGKILL);
		waitpid(slot->pid, &status, 0);
	}
	slot->pid = 0;
	if (!slot->lives)
		return pid && WIFEXITED(status) && !WEXITSTATUS(status);
	if (pid)
		return false;
	count_up(&counters->workers_killed);
	if (--slot->lives)
		start(slot);
	return true;
}

static void kill_all(struct slot *slots, unsigned int n)
{
	while (n--)
		if (slots[n].pid) {
			kill(-slots[n].pid, SIGKILL);
			waitpid(slots[n].pid, NULL, 0);
		}
}

static bool run_round(struct slot *slots, unsigned int n)
{
	unsigned int i, left = n;

	for (i = 0; i < n; i++) {
		random_seed(&slots[i].random, options.seed, options.round, 0x10000 + i);
		slots[i].lives = random_percent(&slots[i].random, 30) ? LIVES : 0;
		start(&slots[i]);
	}
	while (left) {
		for (i = 0, left = 0; i < n; i++) {
			if (slots[i].pid && !check(&slots[i])) {
				printf("FAIL: round %u: the worker of %s has failed or hangs\n",
				       options.round, slots[i].device);
				kill_all(slots, n);
				return false;
			}
			left += !!slots[i].pid;
		}
		usleep(5000);
	}
	return true;
}

/*
 * Memory that is left after a round
 */

/* Return: a counter of the kernel; 0 if the kernel does not have the counter */
static long kernel_count(const char *name)
{
	char line[128], key[64];
	long value, found = 0;
	FILE *file = fopen("/proc/vmstat", "r");

	if (!file)
		err(1, "/proc/vmstat");
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "%63s %ld", key, &value) == 2 && !strcmp(key, name))
			found = value;
	fclose(file);
	return found;
}

struct leftovers {
	long tables;
	long pinned;
};

static struct leftovers leftovers(void)
{
	FILE *refresh = fopen("/proc/sys/vm/stat_refresh", "w");

	if (!refresh || fputs("1\n", refresh) < 0 || fclose(refresh))
		err(1, "stat_refresh");
	return (struct leftovers){
		.tables = kernel_count("nr_iommu_pages"),
		.pinned = kernel_count("nr_foll_pin_acquired") -
			  kernel_count("nr_foll_pin_released"),
	};
}

/* Tries for 5 s, since the kernel may free memory later. */
static bool nothing_is_left(const struct leftovers *before)
{
	struct leftovers now = {};
	unsigned int tries;

	for (tries = 0; tries < 50; tries++) {
		now = leftovers();
		if (now.tables == before->tables && now.pinned == before->pinned)
			return true;
		usleep(100000);
	}
	printf("FAIL: round %u: pages of page tables %ld, before %ld; pinned %ld, before %ld\n",
	       options.round, now.tables, before->tables, now.pinned, before->pinned);
	return false;
}

static void report(uint64_t began, unsigned int rounds)
{
	const struct counters *c = counters;

	printf("seed %llu: %u rounds in %llu s\n", (unsigned long long)options.seed, rounds,
	       (unsigned long long)(milliseconds() - began) / 1000);
	printf("workers %lu, killed %lu; children %lu, killed %lu\n", c->workers,
	       c->workers_killed, c->children, c->children_killed);
	printf("maps %lu, refused %lu; unmaps %lu, refused %lu; copies %lu, attaches %lu\n",
	       c->maps, c->maps_refused, c->unmaps, c->unmaps_refused, c->copies, c->attaches);
	printf("dirty queries %lu; hostile calls %lu\n", c->dirty_queries, c->hostile);
	printf("reads %lu, writes %lu; no access: read-only %lu, holes %lu, gone %lu, none %lu\n",
	       c->reads, c->writes, c->read_only, c->holes, c->stale, c->blocked);
	printf("SMMU events expected: F_TRANSLATION %lu, F_PERMISSION %lu\n", c->translation_faults,
	       c->permission_faults);
}

/* A run in which a kind of call did not happen shows nothing. */
static bool all_happened(void)
{
	const struct counters *c = counters;

	return c->maps && c->maps_refused && c->unmaps && c->unmaps_refused && c->reads &&
		c->writes && c->holes && c->stale && c->hostile && c->children && c->dirty_queries;
}

static unsigned int parse(int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "s:r:t:n:")) != -1) {
		unsigned long long value = optarg ? strtoull(optarg, NULL, 0) : 0;

		switch (option) {
		case 's':
			options.seed = value;
			break;
		case 'r':
			options.round = value;
			break;
		case 't':
			options.seconds = value;
			break;
		case 'n':
			options.calls = value;
			break;
		default:
			errx(2, "usage: %s [-s SEED] [-r ROUND] [-t SECONDS] [-n CALLS] DEVICE...",
			     argv[0]);
		}
	}
	if (optind == argc || argc - optind > MAX_DEVICES)
		errx(2, "1 to %d devices", MAX_DEVICES);
	return optind;
}

int main(int argc, char **argv)
{
	const struct rlimit unlimited = { RLIM_INFINITY, RLIM_INFINITY };
	unsigned int first = parse(argc, argv), n = argc - first, i, rounds = 0;
	struct slot slots[MAX_DEVICES] = {};
	uint64_t began = milliseconds();
	struct leftovers before;
	bool good = true;

	counters = mmap(NULL, sizeof(*counters), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			-1, 0);
	if (counters == MAP_FAILED)
		err(1, "mmap");
	if (setrlimit(RLIMIT_MEMLOCK, &unlimited))
		err(1, "setrlimit");
	for (i = 0; i < n; i++) {
		slots[i].device = argv[first + i];
		slots[i].number = i;
	}
	before = leftovers();
	if (!before.tables)
		errx(1, "the kernel does not count the pages of page tables");
	while (good && (!rounds || milliseconds() - began < options.seconds * 1000ULL)) {
		good = run_round(slots, n) && nothing_is_left(&before);
		printf("round %u: %s, %llu s\n", options.round, good ? "done" : "failed",
		       (unsigned long long)(milliseconds() - began) / 1000);
		fflush(stdout);
		options.round++;
		rounds++;
	}
	report(began, rounds);
	if (good && !all_happened()) {
		printf("FAIL: some kinds of calls did not happen\n");
		good = false;
	}
	return !good;
}
