"""Text and values as applications hold them, from a seed: words of the dictionary, short ones often, as Zipf's law has it."""
import base64
import itertools
import random

DICTIONARY = "/usr/share/dict/words"
SCATTER = 2.0  # of a word's rank, in letters: otherwise all words of a length would come before the next length


class Words:
    def __init__(self, seed: int, dictionary=DICTIONARY):
        self.random = random.Random(seed)
        order = random.Random(20)  # the same language in every process, whatever it says in it
        with open(dictionary, encoding="utf-8") as lines:
            known = sorted({line.strip() for line in lines if "'" not in line})
        self.words = sorted(known, key=lambda word: len(word) + order.gauss(0, SCATTER))
        self.weights = list(itertools.accumulate(1 / (rank + 2.7) for rank in range(len(self.words))))

    def some(self, count: int) -> list:
        return self.random.choices(self.words, cum_weights=self.weights, k=count)

    def text(self, least: int, most: int) -> str:
        """Sentences of 4 to 14 words, `least` to `most` words in all."""
        words, said = self.some(self.random.randint(least, most)), []
        while words:
            length = self.random.randint(4, 14)
            said.append(" ".join(words[:length]).capitalize() + ".")
            words = words[length:]
        return " ".join(said)

    def name(self) -> str:
        return self.random.choice(self.words).capitalize()

    def token(self, size: int) -> str:
        """What does not compress: a key, a digest, a picture's bytes."""
        return base64.b64encode(self.random.randbytes(size)).decode()

    def time(self) -> str:
        one = self.random.randrange
        return f"2026-{one(1, 13):02}-{one(1, 29):02}T{one(24):02}:{one(60):02}:{one(60):02}.{one(1000):03}Z"

    def customer(self, number: int) -> dict:
        first, last = self.name(), self.name()
        return {"id": number, "first_name": first, "last_name": last, "since": self.time(),
                "email": f"{first}.{last}@{self.random.choice(self.words)}.example".lower(),
                "street": f"{self.name()} {self.random.choice(('Street', 'Road', 'Lane', 'Square'))} {self.random.randrange(300)}",
                "city": self.name(), "credit": round(self.random.expovariate(1 / 400), 2),
                "tier": self.random.choices(("basic", "silver", "gold"), (80, 15, 5))[0], "password": self.token(24)}

    def order(self, number: int, customers: int) -> dict:
        items = [{"sku": f"{self.random.randrange(16 ** 6):06X}", "name": " ".join(self.some(3)),
                  "count": self.random.randint(1, 5), "price": round(self.random.lognormvariate(3, 1), 2)}
                 for _ in range(self.random.randint(1, 6))]
        return {"id": number, "customer": self.random.randrange(customers), "placed": self.time(), "items": items,
                "total": round(sum(item["count"] * item["price"] for item in items), 2),
                "status": self.random.choices(("delivered", "shipped", "paid", "returned"), (70, 12, 13, 5))[0],
                "note": self.text(0, 40), "trace": f"{self.random.getrandbits(128):032x}"}
