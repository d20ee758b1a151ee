// The yardstick: reads every field of every entry of a journal with libsystemd, and writes nothing.
//
// usage: walk DIRECTORY    prints the number of entries and of bytes
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-journal.h>

int main(int argc, char **argv) {
    if (argc != 2) {
        fprintf(stderr, "usage: walk DIRECTORY\n");
        return 64;
    }
    sd_journal *journal;
    int code = sd_journal_open_directory(&journal, argv[1], 0);
    if (code < 0) {
        fprintf(stderr, "walk: cannot open '%s': %s\n", argv[1], strerror(-code));
        return 66;
    }
    sd_journal_set_data_threshold(journal, 0);
    uint64_t entries = 0, fields = 0, bytes = 0;
    while ((code = sd_journal_next(journal)) > 0) {
        const void *data;
        size_t length;
        sd_journal_restart_data(journal);
        while (sd_journal_enumerate_data(journal, &data, &length) > 0) {
            fields++;
            bytes += length;
        }
        entries++;
    }
    sd_journal_close(journal);
    printf("%llu entries, %llu fields, %llu bytes\n", (unsigned long long)entries, (unsigned long long)fields,
           (unsigned long long)bytes);
    return code < 0;
}
