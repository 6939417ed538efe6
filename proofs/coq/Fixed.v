(* The checker's fixed-point intervals (checker/fixed.py): m at precision p stands for m / 2^p. Python's >> and // are
   Coq's Z.shiftr and Z.div: floors for either sign. *)

From Coq Require Import Bool Reals ZArith Lra Lia.
Local Open Scope R_scope.

Definition interval : Type := Z * Z.
Definition unit (p : Z) : R := IZR (2 ^ p).
Definition value (m p : Z) : R := IZR m / unit p.
Definition inside (a : interval) (p : Z) (x : R) : Prop := value (fst a) p <= x <= value (snd a) p.

Definition up (v shift : Z) : Z := (- Z.shiftr (- v) shift)%Z.
Definition floor_at (num den p : Z) : Z := (Z.shiftl num p / den)%Z.
Definition ceil_at (num den p : Z) : Z := (- (Z.shiftl (- num) p / den))%Z.
Definition around (num den p : Z) : interval := (floor_at num den p, ceil_at num den p).
Definition plus (a b : interval) : interval := (fst a + fst b, snd a + snd b)%Z.
Definition minus (a b : interval) : interval := (fst a - snd b, snd a - fst b)%Z.
Definition negative (a : interval) : interval := (- snd a, - fst a)%Z.
Definition times (a b : interval) (p : Z) : interval :=
  if ((0 <=? fst a)%Z && (0 <=? fst b)%Z)%bool
  then (Z.shiftr (fst a * fst b) p, up (snd a * snd b) p)
  else
    let low := Z.min (Z.min (fst a * fst b) (fst a * snd b)) (Z.min (snd a * fst b) (snd a * snd b)) in
    let high := Z.max (Z.max (fst a * fst b) (fst a * snd b)) (Z.max (snd a * fst b) (snd a * snd b)) in
    (Z.shiftr low p, up high p).
Definition square (a : interval) (p : Z) : interval :=
  let small := Z.min (Z.abs (fst a)) (Z.abs (snd a)) in
  let large := Z.max (Z.abs (fst a)) (Z.abs (snd a)) in
  let low := if ((fst a <=? 0)%Z && (0 <=? snd a)%Z)%bool then 0%Z else small in
  (Z.shiftr (low * low) p, up (large * large) p).
Definition scaled (a : interval) (factor : Z) : interval :=
  (if 0 <=? factor then (fst a * factor, snd a * factor) else (snd a * factor, fst a * factor))%Z.
(* For b > 0; the Python function refuses any other b after a change of both signs. *)
Definition divided (a b : interval) (p : Z) : interval :=
  (Z.shiftl (fst a) p / (if 0 <=? fst a then snd b else fst b),
   - (Z.shiftl (- snd a) p / (if 0 <=? snd a then fst b else snd b)))%Z.

Section Precision.
Variable p : Z.
Hypothesis p_nonneg : (0 <= p)%Z.

Lemma unit_pos : 0 < unit p.
Proof. apply IZR_lt, Z.pow_pos_nonneg; lia. Qed.

Lemma inside_scaled a x : inside a p x <-> IZR (fst a) <= x * unit p <= IZR (snd a).
Proof.
  generalize unit_pos. intros. unfold inside, value. split; intros [low high]; split.
  - apply (Rmult_le_compat_r (unit p)) in low; [|lra]. unfold Rdiv in low. rewrite Rmult_assoc, Rinv_l in low; lra.
  - apply (Rmult_le_compat_r (unit p)) in high; [|lra]. unfold Rdiv in high. rewrite Rmult_assoc, Rinv_l in high; lra.
  - apply (Rmult_le_reg_r (unit p)); [lra|]. unfold Rdiv. rewrite Rmult_assoc, Rinv_l; lra.
  - apply (Rmult_le_reg_r (unit p)); [lra|]. unfold Rdiv. rewrite Rmult_assoc, Rinv_l; lra.
Qed.

(* floor (m / d) <= t whenever m <= t d, and upwards likewise *)
Lemma floor_below m d t : (0 < d)%Z -> IZR m <= t * IZR d -> IZR (m / d) <= t.
Proof.
  intros positive h. apply (Rmult_le_reg_r (IZR d)); [now apply IZR_lt|]. eapply Rle_trans; [|exact h].
  rewrite <- mult_IZR. apply IZR_le. rewrite Z.mul_comm. now apply Z.mul_div_le.
Qed.

Lemma ceil_above m d t : (0 < d)%Z -> t * IZR d <= IZR m -> t <= IZR (- (- m / d)).
Proof.
  intros positive h. rewrite opp_IZR. enough (IZR (- m / d) <= - t) by lra. apply floor_below; trivial.
  rewrite opp_IZR. lra.
Qed.

Lemma shift_below m t : IZR m <= t * unit p -> IZR (Z.shiftr m p) <= t.
Proof. intros h. rewrite Z.shiftr_div_pow2 by trivial. apply floor_below; [apply Z.pow_pos_nonneg; lia|exact h]. Qed.

Lemma up_above m t : t * unit p <= IZR m -> t <= IZR (up m p).
Proof.
  intros h. unfold up. rewrite Z.shiftr_div_pow2 by trivial. apply ceil_above; [apply Z.pow_pos_nonneg; lia|exact h].
Qed.

Theorem around_sound num den : (0 < den)%Z -> inside (around num den p) p (IZR num / IZR den).
Proof.
  intros positive. assert (0 < IZR den) by now apply IZR_lt.
  assert (eq : IZR num / IZR den * unit p * IZR den = IZR num * unit p) by (field; lra).
  apply inside_scaled. unfold around, floor_at, ceil_at. simpl. rewrite !Z.shiftl_mul_pow2 by trivial. split.
  - apply floor_below; trivial. rewrite eq, mult_IZR. apply Rle_refl.
  - rewrite Z.mul_opp_l. apply ceil_above; trivial. rewrite eq, mult_IZR. apply Rle_refl.
Qed.

Theorem plus_sound a b x y : inside a p x -> inside b p y -> inside (plus a b) p (x + y).
Proof. rewrite !inside_scaled. unfold plus. simpl. rewrite !plus_IZR. lra. Qed.

Theorem minus_sound a b x y : inside a p x -> inside b p y -> inside (minus a b) p (x - y).
Proof. rewrite !inside_scaled. unfold minus. simpl. rewrite !minus_IZR. lra. Qed.

Theorem negative_sound a x : inside a p x -> inside (negative a) p (- x).
Proof. rewrite !inside_scaled. unfold negative. simpl. rewrite !opp_IZR. lra. Qed.

Theorem scaled_sound a x factor : inside a p x -> inside (scaled a factor) p (x * IZR factor).
Proof.
  rewrite !inside_scaled. unfold scaled. intros h. destruct (Z.leb_spec 0 factor) as [sign|sign]; simpl;
    rewrite !mult_IZR; [apply IZR_le in sign|apply IZR_lt in sign]; nra.
Qed.

(* The product of two reals lies between the least and the greatest product of the ends. *)
Lemma product_between (l r m n x y : R) : l <= x <= r -> m <= y <= n ->
  Rmin (Rmin (l * m) (l * n)) (Rmin (r * m) (r * n)) <= x * y <= Rmax (Rmax (l * m) (l * n)) (Rmax (r * m) (r * n)).
Proof.
  intros hx hy.
  assert (low : forall z, l * y <= z \/ r * y <= z -> Rmin (Rmin (l * m) (l * n)) (Rmin (r * m) (r * n)) <= z).
  { intros z h. unfold Rmin. repeat destruct (Rle_dec _ _); destruct h;
      destruct (Rle_lt_dec 0 l), (Rle_lt_dec 0 r); nra. }
  assert (high : forall z, z <= l * y \/ z <= r * y -> z <= Rmax (Rmax (l * m) (l * n)) (Rmax (r * m) (r * n))).
  { intros z h. unfold Rmax. repeat destruct (Rle_dec _ _); destruct h;
      destruct (Rle_lt_dec 0 l), (Rle_lt_dec 0 r); nra. }
  split; [apply low|apply high]; destruct (Rle_lt_dec 0 y); (left; nra) || (right; nra).
Qed.

Lemma min_IZR a b : IZR (Z.min a b) = Rmin (IZR a) (IZR b).
Proof.
  unfold Rmin. destruct (Z.min_spec a b) as [[h ->]|[h ->]]; destruct (Rle_dec (IZR a) (IZR b)) as [h'|h']; trivial.
  - exfalso. apply h', IZR_le. lia.
  - apply le_IZR in h'. f_equal. lia.
Qed.

Lemma max_IZR a b : IZR (Z.max a b) = Rmax (IZR a) (IZR b).
Proof.
  unfold Rmax. destruct (Z.max_spec a b) as [[h ->]|[h ->]]; destruct (Rle_dec (IZR a) (IZR b)) as [h'|h']; trivial.
  - exfalso. apply h', IZR_le. lia.
  - apply le_IZR in h'. f_equal. lia.
Qed.

Theorem times_sound a b x y : inside a p x -> inside b p y -> inside (times a b p) p (x * y).
Proof.
  rewrite !inside_scaled. intros hx hy.
  assert (eq : x * y * unit p * unit p = (x * unit p) * (y * unit p)) by ring.
  unfold times. destruct ((0 <=? fst a)%Z && (0 <=? fst b)%Z)%bool eqn:signs; simpl.
  - apply andb_prop in signs. destruct signs as [sa sb]. apply Z.leb_le, IZR_le in sa. apply Z.leb_le, IZR_le in sb.
    split; [apply shift_below|apply up_above]; rewrite eq, mult_IZR; apply Rmult_le_compat; lra.
  - destruct (product_between _ _ _ _ _ _ hx hy).
    split; [apply shift_below; rewrite eq, !min_IZR, !mult_IZR|apply up_above; rewrite eq, !max_IZR, !mult_IZR];
      assumption.
Qed.

Theorem square_sound a x : inside a p x -> inside (square a p) p (x * x).
Proof.
  rewrite !inside_scaled. intros [low high]. set (z := x * unit p) in *.
  assert (eq : x * x * unit p * unit p = z * z) by (unfold z; ring).
  unfold square. simpl. split.
  - apply shift_below. rewrite eq, mult_IZR.
    destruct ((fst a <=? 0)%Z && (0 <=? snd a)%Z)%bool eqn:signs; [rewrite Rmult_0_l; apply Rle_0_sqr|].
    set (s := IZR (Z.min (Z.abs (fst a)) (Z.abs (snd a)))). enough (0 <= s <= Rabs z).
    { rewrite <- (Rabs_pos_eq (z * z)) by apply Rle_0_sqr. rewrite Rabs_mult. apply Rmult_le_compat; lra. }
    unfold s. split; [apply IZR_le; lia|]. apply andb_false_iff in signs.
    destruct signs as [h|h]; apply Z.leb_gt in h.
    + apply Rle_trans with (IZR (fst a)); [apply IZR_le; lia|]. generalize (Rle_abs z). lra.
    + apply Rle_trans with (IZR (- snd a)); [apply IZR_le; lia|]. rewrite opp_IZR, <- Rabs_Ropp.
      generalize (Rle_abs (- z)). lra.
  - apply up_above. rewrite eq, mult_IZR. set (s := IZR (Z.max (Z.abs (fst a)) (Z.abs (snd a)))).
    assert (Rabs z <= s).
    { apply Rabs_le. unfold s. split.
      - apply Rle_trans with (IZR (- Z.abs (fst a))); [rewrite opp_IZR; apply Ropp_le_contravar, IZR_le; lia|].
        apply Rle_trans with (IZR (fst a)); [apply IZR_le; lia|lra].
      - apply Rle_trans with (IZR (snd a)); [lra|apply IZR_le; lia]. }
    rewrite <- (Rabs_pos_eq (z * z)) by apply Rle_0_sqr. rewrite Rabs_mult.
    apply Rmult_le_compat; try apply Rabs_pos; lra.
Qed.

Theorem divided_sound a b x y : (0 < fst b)%Z -> inside a p x -> inside b p y -> inside (divided a b p) p (x / y).
Proof.
  rewrite !inside_scaled. intros positive [xl xh] [yl yh]. generalize unit_pos. intros u.
  assert (bl : 0 < IZR (fst b)) by now apply IZR_lt.
  assert (bh : (0 < snd b)%Z) by (apply lt_IZR; lra).
  assert (0 < y) by nra. set (t := x / y * unit p).
  assert (eq : t * (y * unit p) = x * unit p * unit p) by (unfold t; field; lra).
  unfold divided. simpl. rewrite !Z.shiftl_mul_pow2 by trivial. split.
  - destruct (Z.leb_spec 0 (fst a)) as [sign|sign]; [apply IZR_le in sign|apply IZR_lt in sign];
      apply floor_below; trivial; rewrite mult_IZR; fold (unit p).
    + assert (0 <= t) by (apply Rnot_lt_le; intros neg; nra). nra.
    + destruct (Rle_lt_dec 0 t); nra.
  - rewrite Z.mul_opp_l. destruct (Z.leb_spec 0 (snd a)) as [sign|sign]; [apply IZR_le in sign|apply IZR_lt in sign];
      apply ceil_above; trivial; rewrite mult_IZR; fold (unit p).
    + destruct (Rle_lt_dec 0 t); nra.
    + assert (t <= 0) by (apply Rnot_lt_le; intros pos; nra). nra.
Qed.

End Precision.
