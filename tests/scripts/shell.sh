# A script that leans on the whole kernel: pipes, subshells, here-documents, traps, jobs.
b() { /usr/bin/busybox "$@"; }
set -u

echo "== arithmetic and expansion"
i=0; sum=0
while (( i < 100 )); do (( sum += i * i, i++ )); done
echo "$sum $(( 7**5 % 13 )) $(( 0xff & ~0x0f )) $(( -17 / 5 )) $(( 1 << 40 ))"
name="a file.with.dots.txt"
echo "${name%.*} ${name##*.} ${name/file/dir} ${#name} ${name:2:4} ${name^^}"
arr=(one "two three" four); arr+=(five)
echo "${#arr[@]} ${arr[1]} ${!arr[*]} ${arr[@]:1:2}"
declare -A map=([x]=1 [y]=2); echo "${map[x]}${map[y]}"
echo {a..e}{1..2} ~+/x | b sed "s|$PWD|PWD|"

echo "== pipes"
for n in 5 3 9 1 7; do echo "$n"; done | b sort -n | b head -n 3
printf '%s\n' alpha beta gamma | while read -r line; do echo "<$line>"; done
b seq 1 5000 | b awk '{ s += $1 } END { print s }'
b yes | b head -n 2000 | b wc -l
false | true; echo "pipe ${PIPESTATUS[*]}"
set -o pipefail; false | true; echo "pipefail $?"; set +o pipefail
b seq 10 | { read -r first; read -r second; echo "$first $second"; b wc -l; }

echo "== substitution and subshells"
x=outer; ( x=inner; echo "$x"; exit 3 ); echo "$x $?"
echo "nested $(echo "$(echo deep | b tr a-z A-Z)") `echo old`"
b cat <(echo process) <(echo substitution)
diff_out=$(b diff <(b seq 1 5) <(b seq 1 6)); echo "$? $diff_out"

echo "== here-documents"
b cat <<END
expanded $(( 6 * 7 )) ${name}
END
b cat <<'END'
literal $(( 6 * 7 )) ${name}
END
b cat <<-END
	tabs stripped
	END
b rev <<< "a here string"

echo "== files"
b mkdir -p tree/a/b tree/c
echo content > tree/a/file; echo more >> tree/a/file; : > tree/empty
b ln -s a/file tree/link
[ -f tree/a/file ] && [ -d tree/c ] && [ ! -s tree/empty ] && [ -L tree/link ] && echo "tests fine"
b cat tree/link; b wc -c < tree/a/file
exec 7> tree/seven; echo "to seven" >&7; exec 7>&-; b cat tree/seven
{ echo out; echo err >&2; } > tree/both 2>&1; b cat tree/both
for f in tree/*; do echo "$f"; done
b find tree | b sort
b mv tree/seven tree/c/; b cp tree/a/file tree/c/copy; b rm tree/empty
b ls -1 tree/c
b stat -c '%n %s %F %a' tree/c/copy; b stat -c '%n %F %a' tree/c

echo "== traps and signals"
trap 'echo "got USR1"' USR1
kill -USR1 $$
( trap 'echo "subshell exit trap"' EXIT; exit 5 ); echo "status $?"
trap '' TERM; kill -TERM $$; echo "TERM ignored"; trap - TERM
bash_pid=$$; ( kill -USR1 "$bash_pid" ); wait; echo "after"
{ ( kill -KILL "$BASHPID" ); } 2>/dev/null; echo "killed $?"
{ ( ulimit -c 0; kill -SEGV "$BASHPID" ); } 2>/dev/null; echo "segv $?"

echo "== jobs"
b sleep 0.2 & first=$!
( b sleep 0.1; exit 9 ) & second=$!
wait "$second"; echo "second $?"; wait "$first"; echo "first $?"
for i in 3 1 2; do ( b sleep "0.$i"; echo "job $i" ) & done; wait; echo "all done"
b sleep 100 & p=$!; kill "$p"; wait "$p" 2>/dev/null; echo "terminated $?"
coproc { while read -r l; do echo "co:$l"; done; }
echo ping >&"${COPROC[1]}"; read -r reply <&"${COPROC[0]}"; echo "$reply"
eval "exec ${COPROC[1]}>&-"; wait

echo "== functions, case, select of the possible"
f() { local x=$1; if (( x <= 1 )); then echo 1; else echo $(( x * $(f $(( x - 1 ))) )); fi; }
f 8
case "hello.c" in *.h) echo header ;; *.c|*.cc) echo source ;; *) echo other ;; esac
[[ "2024-05-17" =~ ^([0-9]+)-([0-9]+) ]] && echo "${BASH_REMATCH[1]} ${BASH_REMATCH[2]}"
IFS=: read -r a c rest <<< "1:2:3:4"; echo "$a $c $rest"
printf '%05d|%-6s|%x|%q\n' 42 ab 255 "it's"
mapfile -t lines < <(b seq 3); echo "${lines[*]}"
getopts "ab:" o -b value; echo "$o $OPTARG"
read -r -t 0.1 nothing < <(b sleep 1); echo "read timed out $(( $? > 128 ))"
nosuchcommand 2>/dev/null; echo "not found $?"
tree/a/file 2>/dev/null; echo "not executable $?"
exit 17
