/* A saved file is whole or was never there; a read one is a regular one. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "../base/file_error.h"
#include "../base/save.h"
#include "weights_case.h"

static char directory[256], path[300];

static void enter(void) {
    make_directory(directory, sizeof directory);
    snprintf(path, sizeof path, "%s/file", directory);
}

/* Fails when anything but `path` was left. */
static void leave(void) {
    unlink(path);
    ck_assert_int_eq(rmdir(directory), 0);
}

static void has_content(const char *file, const char *content) {
    char bytes[64] = {0};
    int descriptor = open(file, O_RDONLY);
    ck_assert_int_ge(descriptor, 0);
    ck_assert_int_ge(read(descriptor, bytes, sizeof bytes - 1), 0);
    close(descriptor);
    ck_assert_str_eq(bytes, content);
}

static enum status save_text(const char *file, const char *content) {
    struct save save;
    const char *fault;
    save_begin(&save, file);
    save_write(&save, content, strlen(content) / 2);
    save_write(&save, content + strlen(content) / 2, strlen(content) - strlen(content) / 2);
    return save_end(&save, &fault);
}

START_TEST(replaces) {
    struct stat before, after;
    enter();
    mode_t mask = umask(027);
    ck_assert_int_eq(save_text(path, "first"), STATUS_OK);
    umask(mask);
    has_content(path, "first");
    stat(path, &before);
    ck_assert_uint_eq(before.st_mode & 0777, 0640);
    ck_assert_int_eq(save_text(path, "the second"), STATUS_OK);
    has_content(path, "the second");
    stat(path, &after);
    ck_assert(before.st_ino != after.st_ino); /* who maps the first keeps it */
    leave();
}
END_TEST

START_TEST(mode_and_owner_are_kept) {
    static const mode_t modes[] = {0600, 0666, 0751, 0200, 01640};
    struct stat after;
    const bool root = geteuid() == 0;
    enter();
    mode_t mask = umask(077);
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        ck_assert_int_eq(save_text(path, "old"), STATUS_OK);
        if (root)
            ck_assert_int_eq(chown(path, 1234, 4321), 0);
        ck_assert_int_eq(chmod(path, modes[i]), 0);
        ck_assert_int_eq(save_text(path, "new"), STATUS_OK);
        ck_assert_int_eq(stat(path, &after), 0);
        ck_assert_uint_eq(after.st_mode & 07777, modes[i]);
        ck_assert_uint_eq(after.st_uid, root ? 1234 : geteuid());
        ck_assert_int_eq(unlink(path), 0);
    }
    umask(mask);
    leave();
}
END_TEST

/* To root as well. */
START_TEST(a_read_only_file_is_refused) {
    struct save save;
    const char *fault = NULL;
    enter();
    ck_assert_int_eq(save_text(path, "old"), STATUS_OK);
    ck_assert_int_eq(chmod(path, 0444), 0);
    save_begin(&save, path);
    ck_assert(save_failed(&save));
    ck_assert_int_eq(save_end(&save, &fault), STATUS_IO);
    ck_assert_str_eq(fault, file_fault_to_write(EACCES));
    save_continue(&save, path, path);
    ck_assert(save_failed(&save));
    ck_assert_int_eq(save_end(&save, &fault), STATUS_IO);
    has_content(path, "old");
    leave();
}
END_TEST

START_TEST(bare_name) {
    enter();
    ck_assert_int_eq(chdir(directory), 0);
    ck_assert_int_eq(save_text("file", "here"), STATUS_OK);
    has_content(path, "here");
    ck_assert_int_eq(chdir("/"), 0);
    leave();
}
END_TEST

START_TEST(abandoned_is_gone) {
    struct save save;
    enter();
    ck_assert_int_eq(save_text(path, "old"), STATUS_OK);
    save_begin(&save, path);
    save_write(&save, "new", 3);
    save_abandon(&save);
    has_content(path, "old");
    leave();
}
END_TEST

/* The disk is full after two of the three bytes. */
START_TEST(failed_is_gone) {
    struct rlimit before, limit;
    enter();
    ck_assert_int_eq(save_text(path, "old"), STATUS_OK);
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before);
    limit = before;
    limit.rlim_cur = 2;
    setrlimit(RLIMIT_FSIZE, &limit);
    struct save save;
    const char *fault = NULL;
    save_begin(&save, path);
    save_write(&save, "new", 3);
    save_write(&save, "!", 1);
    enum status status = save_end(&save, &fault);
    setrlimit(RLIMIT_FSIZE, &before);
    ck_assert_int_eq(status, STATUS_IO);
    ck_assert_str_eq(fault, file_fault_to_write(EFBIG));
    has_content(path, "old");
    leave();
}
END_TEST

START_TEST(impossible_places) {
    char inner[600];
    enter();
    ck_assert_int_eq(save_text(directory, "x"), STATUS_IO); /* a directory */
    snprintf(inner, sizeof inner, "%s/none/file", directory);
    ck_assert_int_eq(save_text(inner, "x"), STATUS_IO);
    snprintf(inner, sizeof inner, "%s/", directory);
    ck_assert_int_eq(save_text(inner, "x"), STATUS_IO);
    ck_assert_int_eq(save_text("", "x"), STATUS_IO);
    snprintf(inner, sizeof inner, "%s/%0280d", directory, 7); /* a name that is too long */
    ck_assert_int_eq(save_text(inner, "x"), STATUS_IO);
    leave();
}
END_TEST

/* The file behind links is replaced, the links stay. */
START_TEST(links) {
    char first[300], second[300];
    struct stat about;
    struct save save;
    enter();
    snprintf(first, sizeof first, "%s/first", directory);
    snprintf(second, sizeof second, "%s/second", directory);
    ck_assert_int_eq(symlink("second", first), 0);
    ck_assert_int_eq(symlink(path, second), 0);
    ck_assert_int_eq(save_text(first, "through"), STATUS_OK); /* to nothing yet */
    has_content(path, "through");
    save_begin(&save, first);
    save_write(&save, "part", 4);
    has_content(path, "through");
    save_abandon(&save);
    has_content(path, "through");
    lstat(first, &about);
    ck_assert(S_ISLNK(about.st_mode));
    unlink(second);
    ck_assert_int_eq(symlink("first", second), 0); /* in a circle */
    ck_assert_int_eq(save_text(first, "x"), STATUS_IO);
    unlink(first);
    unlink(second);
    unlink(path);
    leave();
}
END_TEST

/* What is open is added to, as in `-o /dev/stdout >> file`. */
START_TEST(open_descriptors) {
    char name[32];
    enter();
    ck_assert_int_eq(save_text(path, "old "), STATUS_OK);
    int descriptor = open(path, O_WRONLY | O_APPEND);
    snprintf(name, sizeof name, "/dev/fd/%d", descriptor);
    ck_assert_int_eq(save_text(name, "new"), STATUS_OK);
    ck_assert_int_eq(write(descriptor, "er", 2), 2);
    has_content(path, "old newer");
    close(descriptor);
    unlink(path);
    leave();
}
END_TEST

/* Devices and FIFOs are written to, not replaced. */
START_TEST(special_files) {
    struct stat about;
    enter();
    ck_assert_int_eq(save_text("/dev/null", "x"), STATUS_OK);
    stat("/dev/null", &about);
    ck_assert(S_ISCHR(about.st_mode));
    ck_assert_int_eq(save_text("/dev/full", "x"), STATUS_IO);
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    int reader = open(path, O_RDONLY | O_NONBLOCK);
    char bytes[8] = {0};
    ck_assert_int_eq(save_text(path, "piped"), STATUS_OK);
    ck_assert_int_eq(read(reader, bytes, sizeof bytes), 5);
    ck_assert_str_eq(bytes, "piped");
    close(reader);
    leave();
}
END_TEST

/* A temporary of a process that was killed, of the same number as ours. */
START_TEST(steps_over_an_old_temporary) {
    char old[400];
    struct save save;
    unsigned number;
    enter();
    save_begin(&save, path);
    ck_assert_int_eq(sscanf(strrchr(save.temporary, '-'), "-%u.tmp", &number), 1);
    save_abandon(&save);
    snprintf(old, sizeof old, "%s/.cnnc-%ld-%u.tmp", directory, (long)getpid(), number + 2);
    ck_assert_int_eq(save_text(old, "torn"), STATUS_OK);
    ck_assert_int_eq(save_text(path, "whole"), STATUS_OK);
    has_content(path, "whole");
    has_content(old, "torn");
    unlink(old);
    leave();
}
END_TEST

/* More files than may be open at once wait, and appear together. */
START_TEST(many_wait) {
    enum { MANY = 40, OPEN = 16 };
    static struct save saves[MANY];
    struct rlimit before, limit;
    char names[MANY][300];
    const char *fault;
    enter();
    getrlimit(RLIMIT_NOFILE, &before);
    limit = before;
    limit.rlim_cur = OPEN;
    setrlimit(RLIMIT_NOFILE, &limit);
    for (int i = 0; i < MANY; i++) {
        snprintf(names[i], sizeof names[i], "%s/%d", directory, i);
        save_begin(&saves[i], names[i]);
        save_write(&saves[i], names[i] + strlen(directory), 2);
        save_finish(&saves[i]);
        ck_assert(!save_failed(&saves[i]));
        ck_assert_int_ne(access(names[i], F_OK), 0);
    }
    for (int i = 0; i < MANY; i++)
        if (i % 2 == 0)
            ck_assert_int_eq(save_end(&saves[i], &fault), STATUS_OK);
        else
            save_abandon(&saves[i]);
    setrlimit(RLIMIT_NOFILE, &before);
    for (int i = 0; i < MANY; i++)
        ck_assert_int_eq(unlink(names[i]), i % 2 == 0 ? 0 : -1);
    leave();
}
END_TEST

/* By another process, under another name of the directory: each is cleaned once. */
static void save_elsewhere(const char *name) {
    char file[400];
    int status;
    snprintf(file, sizeof file, "%s/./%s", directory, name);
    pid_t child = fork();
    if (child == 0)
        _exit(save_text(file, "else") == STATUS_OK ? 0 : 1);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
}

START_TEST(what_a_dead_process_left_is_removed) {
    static const char *const dead[] = {".cnnc-1-0.tmp", ".cnnc-99999-12.tmp"};
    static const char *const others[] = {".cnnc-1-.tmp", ".cnnc-a-0.tmp", "cnnc-1-0.tmp",
                                         ".cnnc-1-0.tmp2"};
    char names[6][400], other[300];
    struct save live, waits;
    const char *fault;
    enter();
    snprintf(other, sizeof other, "%s/other", directory);
    save_begin(&live, path);
    for (int i = 0; i < 6; i++) {
        snprintf(names[i], sizeof names[i], "%s/%s", directory, i < 2 ? dead[i] : others[i - 2]);
        close(open(names[i], O_WRONLY | O_CREAT, i == 0 ? 0600 : 0200));
    }
    save_begin(&waits, other);
    save_finish(&waits);
    save_elsewhere("other"); /* which a file that waits keeps from cleaning */
    for (int i = 0; i < 6; i++)
        ck_assert_int_eq(access(names[i], F_OK), 0);
    ck_assert_int_eq(save_end(&waits, &fault), STATUS_OK);
    save_elsewhere("other");
    for (int i = 0; i < 6; i++)
        ck_assert_int_eq(unlink(names[i]), i < 2 ? -1 : 0);
    ck_assert_int_eq(access(live.temporary, F_OK), 0);
    save_write(&live, "live", 4);
    ck_assert_int_eq(save_end(&live, &fault), STATUS_OK);
    has_content(path, "live");
    unlink(other);
    leave();
}
END_TEST

START_TEST(a_part_is_added_to_by_one) {
    char *part;
    struct save first, second;
    const char *fault;
    enter();
    ck_assert_int_eq(save_text(path, "old"), STATUS_OK);
    part = save_part(path, 1);
    ck_assert(save_is_part(part, path) && !save_is_part(path, path));
    ck_assert_int_eq(save_text(part, "12345"), STATUS_OK);
    save_continue(&first, part, path);
    ck_assert(!save_failed(&first));
    save_continue(&second, part, path);
    ck_assert_int_eq(save_end(&second, &fault), STATUS_IO);
    ck_assert_str_eq(fault, file_fault_to_write(EAGAIN));
    save_cut(&first, 2);
    save_write(&first, "!", 1);
    save_abandon(&first);
    has_content(part, "12!");
    save_continue(&first, part, path);
    save_write(&first, "!", 1);
    has_content(path, "old");
    ck_assert_int_eq(save_end(&first, &fault), STATUS_OK);
    has_content(path, "12!!");
    ck_assert_int_ne(access(part, F_OK), 0);
    save_continue(&first, path, path);
    save_write(&first, "more", 4);
    ck_assert_int_eq(save_text(path, "another"), STATUS_OK); /* in its place */
    ck_assert_int_eq(save_end(&first, &fault), STATUS_IO);
    ck_assert_str_eq(fault, file_fault_to_write(ESTALE));
    has_content(path, "another");
    free(part);
    leave();
}
END_TEST

static void on_signal(int number) {
    save_interrupted();
    _exit(128 + number);
}

/* Two saves at once, one of which has ended, and a signal. */
START_TEST(interrupted_is_gone) {
    int status;
    enter();
    pid_t child = fork();
    if (child == 0) {
        struct save first, second, third;
        const char *fault;
        signal(SIGTERM, on_signal);
        save_begin(&first, path);
        save_begin(&second, path);
        save_begin(&third, path);
        save_write(&second, "ended", 5);
        if (save_end(&second, &fault) == STATUS_OK)
            raise(SIGTERM);
        _exit(1);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(WEXITSTATUS(status), 128 + SIGTERM);
    has_content(path, "ended");
    leave();
}
END_TEST

START_TEST(mapping_limits) {
    struct mapping mapping;
    const char *fault;
    enter();
    ck_assert_int_eq(save_text(path, "12345"), STATUS_OK);
    ck_assert_int_eq(mapping_open(path, 5, &mapping, &fault), STATUS_OK);
    ck_assert_mem_eq(mapping.bytes, "12345", 5);
    mapping_close(&mapping);
    ck_assert_int_eq(mapping_open(path, 4, &mapping, &fault), STATUS_LIMIT);
    ck_assert_int_eq(save_text(path, ""), STATUS_OK);
    ck_assert_int_eq(mapping_open(path, 0, &mapping, &fault), STATUS_OK);
    ck_assert_uint_eq(mapping.length, 0);
    ck_assert_ptr_nonnull(mapping.bytes);
    mapping_close(&mapping);
    leave();
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("save");
    tcase_add_test(tests, replaces);
    tcase_add_test(tests, mode_and_owner_are_kept);
    tcase_add_test(tests, a_read_only_file_is_refused);
    tcase_add_test(tests, bare_name);
    tcase_add_test(tests, abandoned_is_gone);
    tcase_add_test(tests, failed_is_gone);
    tcase_add_test(tests, impossible_places);
    tcase_add_test(tests, special_files);
    tcase_add_test(tests, links);
    tcase_add_test(tests, open_descriptors);
    tcase_add_test(tests, steps_over_an_old_temporary);
    tcase_add_test(tests, many_wait);
    tcase_add_test(tests, what_a_dead_process_left_is_removed);
    tcase_add_test(tests, a_part_is_added_to_by_one);
    tcase_add_test(tests, interrupted_is_gone);
    tcase_add_test(tests, mapping_limits);
    return run_case("save", tests);
}
