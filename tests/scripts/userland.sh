# Busybox tools in pipelines, over data made here.
b() { /usr/bin/busybox "$@"; }
b seq 1 3000 | b awk '{ printf "%d %s %d\n", $1, substr("abcdefghijklmnopqrstuvwxyz", $1 % 20 + 1, 5), $1 * 7919 % 10007 }' > data
b wc data; b sha256sum data; b md5sum < data
b sort -k3n data | b head -n 5; b sort -k2,2 -k3nr data | b tail -n 3
b cut -d' ' -f2 data | b sort | b uniq -c | b sort -rn | b head -n 4
b grep -c 'e.g' data; b grep -n '^29[0-9]* ' data | b head -n 3; b sed -n '10,12s/\([0-9]*\) \(.*\)/\2-\1/p' data
b awk '{ a[$2] += $3 } END { for (k in a) print k, a[k] }' data | b sort | b head -n 5
b gzip -c data > data.gz; b gunzip -c data.gz | b cmp - data && echo "gzip round trip"
b tar cf data.tar data; b tar tf data.tar; b mkdir out; b tar xf data.tar -C out; b cmp data out/data && echo "tar round trip"
b tr a-z A-Z < data | b head -n 1; b od -c data | b head -n 2; b hexdump -C data | b tail -n 2
b head -n 1000 data > part.aa; b sed -n 1001,2000p data > part.ab; b tail -n 1000 data > part.ac; b ls part.*; b cat part.aa part.ab part.ac | b cmp - data && echo same
b base64 < data | b head -n 1; b base64 data | b base64 -d | b sha1sum
echo "scale=50; 4*a(1); 2^200" | b bc -l; b expr 6 \* 7; b factor 1234567890
b dd if=data of=copy bs=512 count=3 2>/dev/null; b wc -c copy; b tail -c 20 copy; b head -c 30 data
b find . -type f -name 'part.*' -exec /usr/bin/busybox wc -l {} \; | b sort
b xargs -n 2 /usr/bin/busybox echo < <(echo 1 2 3 4 5); b paste part.aa part.ab | b head -n 2
b cmp <(b seq 20) <(b seq 21); echo "status $?"
b date -u -d @1700000000 '+%Y-%m-%d %H:%M:%S'; b env -i A=1 /usr/bin/busybox env; b basename /a/b.c .c; b dirname /a/b.c
b test 3 -gt 2 && echo yes; b printf '%s %03d\n' x 7; b cal 2 2024; b tac part.aa | b head -n 1
b sh -c 'for i in 1 2 3; do echo "ash $i"; done | while read a b; do echo "$b $a"; done'
b rm -r out part.* copy data.tar
