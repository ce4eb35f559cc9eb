/* What a spec names lies beneath its folder: by openat2, and where the system has none. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../run/spec_file.h"

/* ---- a system with openat2, and one without ---- */

static bool old_system;

long __real_syscall(long number, long a, long b, long c, long d);
long __wrap_syscall(long number, long a, long b, long c, long d);
long __wrap_syscall(long number, long a, long b, long c, long d) {
    if (!old_system)
        return __real_syscall(number, a, b, c, d);
    errno = ENOSYS;
    return -1;
}

/* ---- a folder of files ---- */

static char top[] = "/tmp/check_spec_file.XXXXXX";

static void put(const char *name) {
    int file = open(name, O_WRONLY | O_CREAT | O_EXCL, 0600);
    ck_assert_int_ge(file, 0);
    close(file);
}

static void set_up(void) {
    ck_assert_ptr_nonnull(mkdtemp(top));
    ck_assert_int_eq(chdir(top), 0);
    ck_assert_int_eq(mkdir("net", 0700) | mkdir("net/sub", 0700), 0);
    put("outside.txt");
    put("net/spec.yaml");
    put("net/w.npz");
    put("net/sub/l.txt");
    ck_assert_int_eq(mkfifo("net/fifo", 0600), 0);
    ck_assert_int_eq(symlink("w.npz", "net/link"), 0);
    ck_assert_int_eq(symlink("../outside.txt", "net/out"), 0);
    ck_assert_int_eq(symlink("..", "net/up"), 0);
    ck_assert_int_eq(symlink("/etc", "net/etc"), 0);
}

static void tear_down(void) {
    ck_assert_int_eq(chdir("/"), 0);
    char command[sizeof top + 16];
    snprintf(command, sizeof command, "rm -r %s", top);
    ck_assert_int_eq(system(command), 0);
}

struct row {
    const char *spec, *name;
    enum status status;
    bool there;
    const char *path;
};

static const struct row rows[] = {
    {"net/spec.yaml", "w.npz", STATUS_OK, true, "net/w.npz"},
    {"net/spec.yaml", "sub/l.txt", STATUS_OK, true, "net/sub/l.txt"},
    {"net/spec.yaml", "./sub//l.txt", STATUS_OK, true, "net/./sub//l.txt"},
    {"-", "net/w.npz", STATUS_OK, true, "net/w.npz"},
    {"net/spec.yaml", "absent", STATUS_OK, false, "net/absent"},
    {"net/spec.yaml", "absent/w.npz", STATUS_OK, false, "net/absent/w.npz"},
    {"net/spec.yaml", "../outside.txt", STATUS_INPUT, false, "net/../outside.txt"},
    {"net/spec.yaml", "../net/w.npz", STATUS_INPUT, false, "net/../net/w.npz"},
    {"net/spec.yaml", "sub/../../outside.txt", STATUS_INPUT, false, NULL},
    {"net/spec.yaml", "/etc/passwd", STATUS_INPUT, false, "/etc/passwd"},
    {"net/spec.yaml", "out", STATUS_INPUT, false, NULL},
    {"net/spec.yaml", "up/outside.txt", STATUS_INPUT, false, NULL},
    {"net/spec.yaml", "etc/passwd", STATUS_INPUT, false, NULL},
    {"net/spec.yaml", "sub", STATUS_INPUT, false, NULL},
    {"net/spec.yaml", "fifo", STATUS_INPUT, false, NULL},
    {"net/spec.yaml", ".", STATUS_INPUT, false, NULL},
};
enum { ROWS = sizeof rows / sizeof *rows };

static enum status find(const struct row *row, struct text *path, bool *there) {
    return spec_file_find(row->spec, SPEC_FILE_WEIGHTS, row->name, path, there);
}

START_TEST(what_is_beneath_is_found) {
    const struct row *row = &rows[_i];
    struct text path = {0};
    bool there;
    old_system = false;
    ck_assert_msg(find(row, &path, &there) == row->status && there == row->there, "%s", row->name);
    if (row->path)
        ck_assert_str_eq(path.data, row->path);
    text_free(&path);
}
END_TEST

/* Nothing more is found there; links within the folder are not followed. */
START_TEST(an_old_system_finds_no_more) {
    const struct row *row = &rows[_i];
    struct text path = {0};
    bool there;
    old_system = true;
    enum status status = find(row, &path, &there);
    ck_assert_msg(there == row->there, "%s", row->name);
    ck_assert_msg((status == STATUS_OK) == (row->status == STATUS_OK), "%s", row->name);
    text_free(&path);
}
END_TEST

START_TEST(a_link_that_stays_beneath_is_followed) {
    const struct row row = {.spec = "net/spec.yaml", .name = "link"};
    struct text path = {0};
    bool there;
    old_system = false;
    ck_assert_int_eq(find(&row, &path, &there), STATUS_OK);
    ck_assert(there);
    text_free(&path);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("spec_file");
    TCase *test = tcase_create("spec_file");
    tcase_add_unchecked_fixture(test, set_up, tear_down);
    tcase_add_loop_test(test, what_is_beneath_is_found, 0, ROWS);
    tcase_add_loop_test(test, an_old_system_finds_no_more, 0, ROWS);
    tcase_add_test(test, a_link_that_stays_beneath_is_followed);
    suite_add_tcase(suite, test);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
