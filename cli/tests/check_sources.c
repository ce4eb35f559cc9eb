/* Which inputs there are, in what order: directories, lists, frames, shards, earlier answers. */
#include <check.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../input/base64.h"
#include "../input/frames.h"
#include "../input/list.h"
#include "../input/sources.h"
#include "../input/walk.h"

static char directory[] = P_tmpdir "/check_sources.XXXXXX";
static int before, standard;

static void enter(void) {
    strcpy(directory + strlen(directory) - 6, "XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(directory));
    before = open(".", O_RDONLY | O_DIRECTORY);
    standard = dup(STDIN_FILENO);
    ck_assert_int_eq(chdir(directory), 0);
}

static int remove_one(const char *path, const struct stat *about, int type, struct FTW *walk) {
    (void)about, (void)type, (void)walk;
    return remove(path);
}

static void leave(void) {
    ck_assert_int_eq(fchdir(before), 0);
    ck_assert_int_eq(dup2(standard, STDIN_FILENO), STDIN_FILENO);
    close(before);
    close(standard);
    nftw(directory, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void put(const char *path, const char *bytes, size_t length) {
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(bytes, 1, length, file), length);
    ck_assert_int_eq(fclose(file), 0);
}

static void put_text(const char *path, const char *text) { put(path, text, strlen(text)); }

static void feed(const char *path) {
    int descriptor = open(path, O_RDONLY);
    ck_assert_int_ge(descriptor, 0);
    ck_assert_int_eq(dup2(descriptor, STDIN_FILENO), STDIN_FILENO);
    close(descriptor);
}

/* All inputs, a line each: name, '!' for one that cannot be read, [n] for a frame, =bytes. Ends
 * with the class of what ended them, when it was no end. */
static void list(struct sources_options options, struct text *out) {
    struct stream_stop stop = {0};
    struct sources_item item;
    enum status status;
    options.stop = &stop;
    options.most = options.most ? options.most : 1000;
    options.picture = options.most;
    options.area = options.area ? options.area : 1000;
    options.shards = options.shards ? options.shards : 1;
    options.shard = options.shard ? options.shard : 1;
    struct sources *sources = sources_new(&options);
    ck_assert_ptr_nonnull(sources);
    while ((status = sources_next(sources, &item)) == STATUS_OK && item.kind != SOURCES_END) {
        text_add(out, item.name);
        if (item.frame)
            text_format(out, "[%zu]", item.index);
        if (item.kind == SOURCES_FAILED)
            text_format(out, "!%s%s", item.error.class, item.recorded ? " elsewhere" : "");
        if (item.kind == SOURCES_BYTES)
            text_format(out, "=%zu", item.bytes.length);
        text_add(out, "\n");
        sources_item_free(&item);
    }
    if (status != STATUS_OK)
        text_format(out, "%s!!%s\n", item.name ? item.name : "", item.error.class);
    sources_item_free(&item);
    sources_free(sources);
}

static void expect(struct sources_options options, const char *expected) {
    struct text out = {0};
    text_add(&out, "");
    list(options, &out);
    ck_assert_str_eq(out.data, expected);
    text_free(&out);
}

/* ---- directories ---- */

static void make_tree(void) {
    ck_assert_int_eq(mkdir("d", 0777) + mkdir("d/a", 0777) + mkdir("d/.git", 0777), 0);
    static const char *const files[] = {"d/a.png",   "d/a/z.JPEG",   "d/a/b.npy",
                                        "d/a-b.ppm", "d/.git/x.png", "d/notes.txt",
                                        "d/.x.png",  "d/png",        "d/\xFF\n.pam"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        put_text(files[i], "");
    ck_assert_int_eq(symlink("..", "d/a/up.png"), 0);
    ck_assert_int_eq(symlink("nowhere", "d/lost.png"), 0);
    ck_assert_int_eq(symlink("self.png", "d/self.png"), 0);
    ck_assert_int_eq(mkfifo("d/fifo.png", 0666), 0);
}

START_TEST(a_directory_is_walked_in_the_order_of_its_paths) {
    enter();
    make_tree();
    const char *const operands[] = {"d", "d/", "absent"};
    expect((struct sources_options){.operands = operands, .operand_count = 1},
           "d/a-b.ppm\nd/a.png\nd/a/b.npy\nd/a/z.JPEG\nd/lost.png\nd/self.png\nd/"
           "\xFF\n.pam\n");
    expect((struct sources_options){.operands = operands + 2, .operand_count = 1}, "absent\n");
    struct text all = {0}, part = {0};
    list((struct sources_options){.operands = operands, .operand_count = 1, .names_only = true},
         &all);
    list((struct sources_options){.operands = operands + 1, .operand_count = 1}, &part);
    ck_assert_str_eq(all.data, part.data);
    text_free(&all);
    text_free(&part);
    leave();
}
END_TEST

START_TEST(what_a_directory_has_besides_is_counted) {
    struct left_out left = {0};
    struct text words = {0};
    enter();
    make_tree();
    put_text("d/a/b.WebP", "");
    put_text("d/b.webp", "");
    put_text("d/c.holiday pictures", "");
    put_text("d/c.tar.gz", "");
    ck_assert_int_eq(symlink("nowhere", "d/lost.webp"), 0);
    const char *const operands[] = {"d"};
    expect((struct sources_options){.operands = operands, .operand_count = 1, .left = &left},
           "d/a-b.ppm\nd/a.png\nd/a/b.npy\nd/a/z.JPEG\nd/lost.png\nd/self.png\nd/"
           "\xFF\n.pam\n");
    left_out_describe(&left, &words);
    ck_assert_str_eq(
        words.data,
        "10 files of other kinds left out: 3 .webp, 2 hidden, 2 without an ending, 1 .gz, "
        "1 .txt, 1 special");
    text_free(&words);
    left_out_free(&left);
    leave();
}
END_TEST

START_TEST(kinds_of_files_are_bounded) {
    struct left_out left = {0};
    struct text words = {0};
    char name[16];
    for (int i = 0; i < 3000; i++) {
        snprintf(name, sizeof name, "x.%d", i);
        left_out_add(&left, name);
    }
    ck_assert_uint_eq(left.files, 3000);
    ck_assert_uint_eq(left.count, 1000);
    left_out_describe(&left, &words);
    ck_assert_msg(words.length < 200 && strstr(words.data, "3000 files of other kinds left out: "),
                  "%s", words.data);
    text_free(&words);
    left_out_free(&left);
}
END_TEST

START_TEST(a_directory_without_pictures_fails) {
    enter();
    ck_assert_int_eq(mkdir("empty", 0777) + mkdir("closed", 0), 0);
    const char *const operands[] = {"empty", "closed"};
    expect((struct sources_options){.operands = operands, .operand_count = 2},
           geteuid() == 0 ? "empty!path\nclosed!path\n" : "empty!path\nclosed!io\n");
    leave();
}
END_TEST

START_TEST(what_a_walk_gives_is_known_by_its_name) {
    enter();
    make_tree();
    put_text("other.png", "");
    ck_assert_int_eq(symlink("d", "link") + symlink("d/a.png", "link.png") +
                         symlink("../other.png", "d/other.png"),
                     0);
    static const char *const given[] = {"d/a.png",    "d//a/../a.png", "./d/a/b.npy", "link/a.png",
                                        "d/a/z.JPEG", "link.png",      "d/other.png"};
    static const char *const others[] = {
        "other.png",  "d/new.png",  "d/notes.txt", "d/.git/x.png",  "d/.x.png", "d/../other.png",
        "d/a/up.png", "d/lost.png", "d/fifo.png",  "d/a/../../d/x", "",         "absent/x.png"};
    char absolute[sizeof directory + 8];
    snprintf(absolute, sizeof absolute, "%s/d", directory);
    const char *const tops[] = {"d", "./d/", "link", absolute};
    for (size_t t = 0; t < sizeof tops / sizeof *tops; t++) {
        for (size_t i = 0; i < sizeof given / sizeof *given; i++)
            ck_assert_msg(walk_has(tops[t], given[i]), "%s %s", tops[t], given[i]);
        for (size_t i = 0; i < sizeof others / sizeof *others; i++)
            ck_assert_msg(!walk_has(tops[t], others[i]), "%s %s", tops[t], others[i]);
    }
    ck_assert(walk_has(".", "other.png") && walk_has("/", "other.png"));
    ck_assert(!walk_has("other.png", "other.png") && !walk_has("absent", "other.png"));
    leave();
}
END_TEST

/* ---- lists ---- */

START_TEST(lists_have_names_of_any_bytes) {
    enter();
    put("lines", "a\n\n-\nb c \xFF\nno end", 17);
    put("zeros", "x\ny\0\0-rf\0", 9);
    const char *const operands[] = {"first"};
    expect(
        (struct sources_options){
            .operands = operands, .operand_count = 1, .lines = "lines", .zeros = "zeros"},
        "first\na\n./-\nb c \xFF\nno end\nx\ny\n-rf\n");
    feed("lines");
    expect((struct sources_options){.lines = "-"}, "a\n./-\nb c \xFF\nno end\n");
    expect((struct sources_options){.lines = "absent"}, "absent!!io\n");
    expect((struct sources_options){.lines = "zeros"}, "x\nzeros!!path\n");
    leave();
}
END_TEST

/* As Windows writes them. */
START_TEST(lists_have_ends_and_marks_of_windows) {
    enter();
    put_text("lines", "\xEF\xBB\xBF"
                      "a.png\r\n\r\n-\r\nb\rc\r\nkept\r\nlast\r");
    expect((struct sources_options){.lines = "lines"}, "a.png\n./-\nb\rc\nkept\nlast\n");
    put_text("kept\r", "");
    put_text("\xEF\xBB\xBF"
             "a.png\r",
             "");
    expect((struct sources_options){.lines = "lines"}, "\xEF\xBB\xBF"
                                                       "a.png\r\n./-\nb\rc\nkept\r\nlast\n");
    put("zeros",
        "\xEF\xBB\xBF"
        "a\0b\r\0",
        8);
    expect((struct sources_options){.zeros = "zeros"}, "a\nb\r\n");
    put_text("\xEF\xBB\xBF"
             "a",
             "");
    expect((struct sources_options){.zeros = "zeros"}, "\xEF\xBB\xBF"
                                                       "a\nb\r\n");
    put_text("mark", "\xEF\xBB\xBF");
    expect((struct sources_options){.lines = "mark"}, "");
    leave();
}
END_TEST

START_TEST(lists_in_utf_16_are_refused) {
    static const struct {
        const char *bytes;
        size_t length;
        const char *name;
    } lists[] = {
        {"\xFF\xFE"
         "a\0.\0p\0\n\0",
         10, "is UTF-16;"},
        {"\xFE\xFF\0a\0.\0p\0\n", 10, "is UTF-16;"},
        {"\xFF\xFE\x2D\x4E\n\0", 6, "is UTF-16;"},
        {"a\0.\0p\0\n\0", 8, "is UTF-16LE;"},
        {"\0a\0.\0p\0\n", 8, "is UTF-16BE;"},
        {"\xFF\xFE\0\0a\0\0\0\n\0\0\0", 12, "is UTF-32;"},
    };
    enter();
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        for (int zeros = 0; zeros < 2; zeros++) {
            struct stream_stop stop = {0};
            struct sources_item item;
            put("list", lists[i].bytes, lists[i].length);
            struct sources *sources =
                sources_new(&(struct sources_options){.lines = zeros ? NULL : "list",
                                                      .zeros = zeros ? "list" : NULL,
                                                      .shard = 1,
                                                      .shards = 1,
                                                      .stop = &stop});
            ck_assert_int_eq(sources_next(sources, &item), STATUS_INPUT);
            ck_assert_str_eq(item.error.class, "list-encoding");
            ck_assert_msg(strstr(item.error.message, lists[i].name), "%s", item.error.message);
            sources_item_free(&item);
            sources_free(sources);
        }
    put("list",
        "\xFF\xFE"
        "a\nb\n",
        6); /* names that are there, in no encoding */
    put_text("\xFF\xFE"
             "a",
             "");
    expect((struct sources_options){.lines = "list"}, "\xFF\xFE"
                                                      "a\nb\n");
    put("list", "a\0b\0", 4);
    put_text("a", "");
    expect((struct sources_options){.zeros = "list"}, "a\nb\n");
    leave();
}
END_TEST

START_TEST(a_name_has_a_limit) {
    enter();
    size_t length = LIST_NAME + 4;
    char *long_name = malloc(length);
    memset(long_name, 'x', length);
    memcpy(long_name, "ok\n", 3);
    put("list", long_name, length);
    expect((struct sources_options){.lines = "list"}, "ok\nlist!!limit-name\n");
    struct text out = {0};
    put("list", long_name, length - 1);
    list((struct sources_options){.lines = "list"}, &out);
    ck_assert_uint_eq(out.length, length);
    text_free(&out);
    free(long_name);
    leave();
}
END_TEST

START_TEST(shards_are_every_nth_input) {
    enter();
    put_text("list", "a\nb\nc\nd\ne\n");
    expect((struct sources_options){.lines = "list", .shard = 1, .shards = 3}, "a\nd\n");
    expect((struct sources_options){.lines = "list", .shard = 2, .shards = 3}, "b\ne\n");
    expect((struct sources_options){.lines = "list", .shard = 3, .shards = 3}, "c\n");
    expect((struct sources_options){.lines = "list", .shard = 9, .shards = 9}, "");
    leave();
}
END_TEST

/* ---- standard input ---- */

START_TEST(standard_input_is_read_whole) {
    enter();
    put_text("bytes", "0123456789");
    ck_assert_int_eq(mkdir("d", 0777), 0);
    const char *const operands[] = {"a", "-", "b"};
    struct sources_options options = {.operands = operands, .operand_count = 3};
    feed("bytes");
    expect(options, "a\n-=10\nb\n");
    feed("bytes");
    options.most = 10;
    expect(options, "a\n-!limit-memory\nb\n");
    feed("d");
    expect(options, "a\n-!io\nb\n");
    leave();
}
END_TEST

START_TEST(a_stream_that_is_stopped_ends) {
    struct stream_stop stop = {0};
    struct stream stream;
    enter();
    put_text("list", "ab");
    ck_assert(stream_open(&stream, "list", &stop));
    ck_assert_int_eq(stream_byte(&stream), 'a');
    ck_assert(!stream_interrupt(&stop)); /* nobody waits */
    ck_assert(!stream_interrupt(&stop));
    ck_assert_int_eq(stream_byte(&stream), 'b'); /* it was there */
    ck_assert_int_eq(stream_byte(&stream), -1);
    ck_assert_int_eq(stream.error, 0);
    stream_close(&stream);
    ck_assert(!stream_open(&stream, "list", &stop));
    leave();
}
END_TEST

static void check_frames(const char *bytes, size_t length, const char *expected) {
    put("frames", bytes, length);
    feed("frames");
    expect((struct sources_options){.frames = true}, expected);
}
#define FRAMES(bytes, expected) check_frames(bytes, sizeof(bytes) - 1, expected)

START_TEST(frames_follow_each_other) {
    enter();
    FRAMES("P5 2 2 255\nabcdP6 1 1 255\nabc", "-[0]=15\n-[1]=14\n");
    FRAMES("P4\n9 2\nabcdP5 1 1 65535 ab", "-[0]=11\n-[1]=15\n");
    FRAMES("P5\n# a comment\n1#\n 1 255\nP", "-[0]=26\n");
    FRAMES("P7\nWIDTH 1\nHEIGHT 2\nDEPTH 4\nMAXVAL 255\nTUPLTYPE "
           "RGB_ALPHA\nENDHDR\nabcdefgh",
           "-[0]=73\n");
    FRAMES("", "-[0]!image-trunc\n");
    FRAMES("P5 2 2 255\nabcdP", "-[0]=15\n-[1]!image-trunc\n");
    FRAMES("P5 2 2 255\nabc", "-[0]!image-trunc\n");
    FRAMES("P5 2 2 255\nabcd\nP5 2 2 255\nabcd", "-[0]=15\n-[1]!image-format\n");
    FRAMES("P2 1 1 255\n7", "-[0]!image-format\n");
    FRAMES("P6 60000 60000 255\nabc", "-[0]!image-limit\n");
    FRAMES("P6 99999999999999999999 1 255\nabc", "-[0]!image-format\n");
    FRAMES("P6 0 1 255\nabc", "-[0]!image-format\n");
    FRAMES("P6 19 17 255\nabc", "-[0]!image-trunc\n");
    FRAMES("P6 19 18 255\nabc", "-[0]!limit-memory\n");
    FRAMES("P6 1 -1 255\nabc", "-[0]!image-format\n");
    FRAMES("P5 1 1 65536\nabc", "-[0]!image-format\n");
    FRAMES("P7\nWIDTH 1\nHEIGHT x\nENDHDR\nabc", "-[0]!image-format\n");
    leave();
}
END_TEST

START_TEST(a_broken_stream_fails_every_shard) {
    static const char *const expected[] = {"-[0]=12\n-[2]!image-trunc elsewhere\n",
                                           "-[1]=12\n-[2]!image-trunc elsewhere\n",
                                           "-[2]!image-trunc\n"};
    enter();
    put_text("frames", "P5 1 1 255\naP5 1 1 255\nbP5 2 1 255\nc");
    for (int shard = 1; shard <= 3; shard++) {
        feed("frames");
        expect((struct sources_options){.frames = true, .shard = shard, .shards = 3},
               expected[shard - 1]);
    }
    leave();
}
END_TEST

/* ---- earlier answers ---- */

static enum status resume_from(const char *text, struct resume *resume, struct file_error *error) {
    put_text("answers", text);
    return resume_read("answers", resume, error);
}

START_TEST(answered_inputs_are_passed_over) {
    struct resume resume;
    struct file_error error;
    enter();
    put_text("list", "a\nb\n\xFF\nb\nc\nb\nd\n");
    static const char whole[] = "{\"input\":\"b\",\"top\":[]}\n{\"input\":\"b\",\"error\":{}}\n"
                                "{\"input\":\"\xEF\xBF\xBD\",\"input_b64\":\"/w==\"}\n"
                                "{\"input\":\"c\",\"index\":0}\n";
    struct text cut = {0};
    text_format(&cut, "%s{\"input\":\"d\",\"t", whole);
    ck_assert(resume_from(cut.data, &resume, &error) == STATUS_OK);
    text_free(&cut);
    ck_assert_uint_eq(resume.whole, strlen(whole));
    expect((struct sources_options){.lines = "list", .resume = &resume}, "a\nc\nb\nd\n");
    ck_assert(resume_take_image(&resume, "c", 0));
    ck_assert(!resume_take_image(&resume, "c", 0));
    resume_free(&resume);
    leave();
}
END_TEST

START_TEST(answers_may_come_from_windows) {
    struct resume resume;
    struct file_error error;
    static const char text[] = "\xEF\xBB\xBF{\"input\":\"a\"}\r\n{\"input\":\"b\"}\r\n";
    enter();
    ck_assert(resume_from(text, &resume, &error) == STATUS_OK);
    ck_assert_uint_eq(resume.whole, strlen(text));
    ck_assert(resume_take_file(&resume, "a") && resume_take_file(&resume, "b"));
    resume_free(&resume);
    put("answers", "\xFF\xFE{\0\"\0", 6);
    ck_assert(resume_read("answers", &resume, &error) == STATUS_INPUT);
    ck_assert_ptr_nonnull(strstr(error.message, "it is UTF-16;"));
    resume_free(&resume);
    leave();
}
END_TEST

START_TEST(what_is_no_record_is_told_by_its_line) {
    static const char *const bad[] = {"x\n",
                                      "[]\n",
                                      "\n",
                                      "{\"input\":1}\n",
                                      "{}\n",
                                      "{\"input\":\"a\",\"input_b64\":\"?\"}\n",
                                      "{\"input\":\"a\",\"index\":\"0\"}\n"};
    struct resume resume;
    struct file_error error;
    enter();
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct text text = {0};
        text_format(&text, "{\"input\":\"a\"}\n%s", bad[i]);
        ck_assert(resume_from(text.data, &resume, &error) == STATUS_INPUT);
        ck_assert_str_eq(error.class, "resume-format");
        ck_assert_ptr_nonnull(strstr(error.message, "line 2 "));
        resume_free(&resume);
        text_free(&text);
    }
    ck_assert(resume_read("absent", &resume, &error) == STATUS_IO);
    resume_free(&resume);
    leave();
}
END_TEST

START_TEST(base64_comes_back) {
    static const char bytes[] = "\0\xFF\x80 any";
    for (size_t length = 0; length < sizeof bytes; length++) {
        struct text encoded = {0}, decoded = {0};
        text_add(&encoded, "");
        text_add(&decoded, "");
        base64_encode(bytes, length, &encoded);
        ck_assert_uint_eq(encoded.length, (length + 2) / 3 * 4);
        ck_assert(base64_decode(encoded.data, &decoded));
        ck_assert_uint_eq(decoded.length, length);
        ck_assert_mem_eq(decoded.data, bytes, length);
        text_free(&encoded);
        text_free(&decoded);
    }
}
END_TEST

START_TEST(keys_are_counted) {
    struct keys keys = {0};
    for (uint64_t i = 0; i < 1000; i++)
        for (uint64_t k = 0; k <= i % 3; k++)
            ck_assert(keys_add(&keys, keys_hash(&i, sizeof i, 0)));
    for (uint64_t i = 0; i < 1100; i++) {
        struct keys_hash key = keys_hash(&i, sizeof i, 0);
        ck_assert_uint_eq(keys_count(&keys, key), i < 1000 ? i % 3 + 1 : 0);
        ck_assert(keys_take(&keys, key) == (i < 1000));
        ck_assert(keys_take(&keys, key) == (i < 1000 && i % 3 > 0));
        ck_assert_uint_eq(keys_count(&keys, keys_hash(&i, sizeof i, 1)), 0);
    }
    keys_free(&keys);
}
END_TEST

int main(void) {
    TCase *cases = tcase_create("sources");
    tcase_add_test(cases, a_directory_is_walked_in_the_order_of_its_paths);
    tcase_add_test(cases, what_a_directory_has_besides_is_counted);
    tcase_add_test(cases, kinds_of_files_are_bounded);
    tcase_add_test(cases, a_directory_without_pictures_fails);
    tcase_add_test(cases, what_a_walk_gives_is_known_by_its_name);
    tcase_add_test(cases, lists_have_names_of_any_bytes);
    tcase_add_test(cases, lists_have_ends_and_marks_of_windows);
    tcase_add_test(cases, lists_in_utf_16_are_refused);
    tcase_add_test(cases, a_name_has_a_limit);
    tcase_add_test(cases, shards_are_every_nth_input);
    tcase_add_test(cases, standard_input_is_read_whole);
    tcase_add_test(cases, a_stream_that_is_stopped_ends);
    tcase_add_test(cases, frames_follow_each_other);
    tcase_add_test(cases, a_broken_stream_fails_every_shard);
    tcase_add_test(cases, answered_inputs_are_passed_over);
    tcase_add_test(cases, answers_may_come_from_windows);
    tcase_add_test(cases, what_is_no_record_is_told_by_its_line);
    tcase_add_test(cases, base64_comes_back);
    tcase_add_test(cases, keys_are_counted);
    Suite *suite = suite_create("sources");
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
