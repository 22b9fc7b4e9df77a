import { describe, expect, it } from 'vitest';
import { syncFaults } from '../../support/sync-order.ts';
import { parseTrace } from '../../support/syscall-trace.ts';

const hex = (text: string) => [...text].map((c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`).join('');
const write = (text: string, file = '/d/x.db-wal') => `7  pwrite64(19<${hex(file)}>, "${hex(text)}", 9, 0) = 9`;
const sync = (file = '/d/x.db-wal') => `7  fdatasync(19<${hex(file)}>) = 0`;
const send = (text: string) =>
  `7  sendmsg(21<${hex('socket:[1]')}>, {msg_name=NULL, msg_iov=[{iov_base="${hex(text)}", iov_len=5}], msg_iovlen=1}, 0) = 5`;
const faults = (...lines: string[]) =>
  syncFaults(parseTrace(lines), 'x.db-wal', [
    { name: 'one', written: 'frame one', isSending: ({ name, data }) => name === 'sendmsg' && data === 'one!' },
  ]);

describe('the order of sync and send in a trace', () => {
  it('is right: written, synced, sent', () => {
    expect(faults(write('a frame one b'), sync(), send('one!'), sync())).toEqual([]);
  });

  it.each([
    ['sent before its sync', [write('frame one'), send('one!'), sync()], 'one was sent before it was synced'],
    ['never synced', [sync(), write('frame one'), send('one!')], 'one was not synced'],
    ['another file was synced', [write('frame one'), sync('/d/other'), send('one!')], 'one was not synced'],
    ['never written', [write('frame two'), sync(), send('one!')], 'one was not written to x.db-wal'],
    ['never sent', [write('frame one'), sync(), send('two!')], 'one was not sent'],
  ])('is wrong: %s', (_, lines, fault) => {
    expect(faults(...lines)).toEqual([fault]);
  });

  it('tells the datagrams of one call apart', () => {
    const both = `7  sendmmsg(21<${hex('UDP:[1]')}>, [{msg_hdr={msg_iov=[{iov_base="${hex('one')}", iov_len=3}, {iov_base="${hex('two')}", iov_len=3}], msg_iovlen=2}, msg_len=6}], 1, 0) = 1`;
    expect(parseTrace([both])).toMatchObject([{ name: 'sendmmsg', strings: ['one', 'two'], data: 'onetwo' }]);
  });

  it('takes a sync for done where it ended, not where it began', () => {
    const begun = `7  fsync(19<${hex('/d/x.db-wal')}> <unfinished ...>`;
    const ended = '7  <... fsync resumed>) = 0';
    const other = send('one!').replace(/^7/, '8');
    expect(faults(write('frame one'), begun, ended, other)).toEqual([]);
    expect(faults(write('frame one'), begun, other, ended)).toEqual(['one was sent before it was synced']);
  });
});
