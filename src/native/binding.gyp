{
  "variables": { "sanitized%": 0 },
  "target_defaults": {
    "defines": ["NAPI_VERSION=8"],
    "cflags": ["-Wall", "-Wextra", "-fvisibility=hidden", "-fstack-protector-strong"],
    "conditions": [
      [
        "sanitized==1",
        {
          "cflags": ["-fsanitize=address,undefined", "-fno-sanitize-recover=undefined", "-fno-omit-frame-pointer", "-O1"],
          "ldflags": ["-fsanitize=address,undefined"],
        },
      ],
    ],
  },
  "targets": [
    {
      "target_name": "udp",
      "conditions": [
        # recvmmsg and sendmmsg are Linux's: elsewhere nothing is built, and the programs use node:dgram.
        ["OS=='linux'", { "sources": ["udp_addon.cc", "batch_socket.cc", "queue_drops.cc"] }, { "type": "none" }],
      ],
    },
    {
      "target_name": "aead",
      # OpenSSL is the one that node exports. Where it exports none, loading has to fail, and not the first call.
      "conditions": [
        ["OS=='linux'", { "sources": ["aead_addon.cc", "datagram_aead.cc"], "ldflags": ["-Wl,-z,now"] }, { "type": "none" }],
      ],
    },
  ],
}
