(* The other end: ||Df|| >= low at one point, because low^2 - J^T J is not positive definite there. *)

From Coq Require Import Reals ZArith QArith Qreals List Lra Lia.
From Saturode Require Import Enclosure Tanh Network Cover.
Import ListNotations.
Local Open Scope R_scope.

Section Point.
Variable p : F.precision.
Variables (net : list neuron) (x y low : Q).

Definition at_point (nets : list held) : list (held * I.type) :=
  map (fun k => (k, base (cell_at p (iq p x) (iq p y) k))) nets.

Definition reached (nets : list held) : bool :=
  let l := at_point nets in
  let e11 := entry p j1 jx l in let e12 := entry p j1 jy l in
  let e21 := entry p j2 jx l in let e22 := entry p j2 jy l in
  let square := I.mul p (iq p low) (iq p low) in
  let p11 := I.sub p square (I.add p (I.mul p e11 e11) (I.mul p e21 e21)) in
  let p22 := I.sub p square (I.add p (I.mul p e12 e12) (I.mul p e22 e22)) in
  let p12 := I.add p (I.mul p e11 e12) (I.mul p e21 e22) in
  is_nonneg (I.sub p (I.mul p p12 p12) (I.mul p p11 p22)).

Definition here (n : neuron) : R := slope (pre n (Q2R x) (Q2R y)).
Definition partial (out side : neuron -> Q) : R := part (fun n => Q2R (out n)) (fun n => Q2R (side n)) here net.

Lemma at_point_holds z : In z (at_point (map (hold p) net)) -> holds here z.
Proof.
  unfold at_point. rewrite map_map. intros member. apply in_map_iff in member. destruct member as (n & <- & _).
  split; [apply hold_faithful|].
  exact (proj1 (cell_sound p _ _ _ _ (hold p n) (hold_faithful p n) (enc_q p x) (enc_q p y))).
Qed.

Lemma partial_enclosed (o a : held -> I.type) (out side : neuron -> Q) :
  (forall k, faithful k -> enc (o k) (Q2R (out (src k))) /\ enc (a k) (Q2R (side (src k)))) ->
  enc (entry p o a (at_point (map (hold p) net))) (partial out side).
Proof.
  intros each. unfold partial, part.
  replace net with (map (fun z : held * I.type => src (fst z)) (at_point (map (hold p) net))) at 2.
  - apply entry_sound; [exact each|exact at_point_holds].
  - unfold at_point. rewrite !map_map. apply map_id.
Qed.

Lemma row_partial (out : neuron -> Q) (u v : R) :
  row out net (Q2R x) (Q2R y) u v = partial out ax * u + partial out ay * v.
Proof.
  unfold row, partial, part. rewrite <- (Rmult_comm u), <- (Rmult_comm v), <- !rsum_times, <- rsum_plus.
  apply rsum_ext. intros n. unfold turn, here. ring.
Qed.

Theorem reached_sound : 0 <= Q2R low -> reached (map (hold p) net) = true ->
  exists u v, 0 < u * u + v * v /\
    Q2R low * length2 u v <= length2 (row o1 net (Q2R x) (Q2R y) u v) (row o2 net (Q2R x) (Q2R y) u v).
Proof.
  intros positive test.
  assert (s11 := partial_enclosed j1 jx o1 ax ltac:(unfold faithful; tauto)).
  assert (s12 := partial_enclosed j1 jy o1 ay ltac:(unfold faithful; tauto)).
  assert (s21 := partial_enclosed j2 jx o2 ax ltac:(unfold faithful; tauto)).
  assert (s22 := partial_enclosed j2 jy o2 ay ltac:(unfold faithful; tauto)).
  assert (low_ := enc_q p low).
  set (a := partial o1 ax) in *. set (b := partial o1 ay) in *.
  set (c := partial o2 ax) in *. set (d := partial o2 ay) in *. set (l := Q2R low) in *.
  assert (h : 0 <= (a * b + c * d) * (a * b + c * d) - (l * l - (a * a + c * c)) * (l * l - (b * b + d * d))).
  { apply (is_nonneg_sound _ _ test).
    repeat first [assumption | apply enc_sub | apply enc_add | apply enc_mul]. }
  assert (enough_ : forall u v,
    l * l * (u * u + v * v) <= (a * u + b * v) * (a * u + b * v) + (c * u + d * v) * (c * u + d * v) ->
    l * length2 u v <= length2 (row o1 net (Q2R x) (Q2R y) u v) (row o2 net (Q2R x) (Q2R y) u v)).
  { intros u v large. apply square_root_order; [apply length2_nonneg|]. rewrite length2_square, !row_partial.
    replace (l * length2 u v * (l * length2 u v)) with (l * l * (length2 u v * length2 u v)) by ring.
    rewrite length2_square. exact large. }
  destruct (Rle_lt_dec (l * l - (a * a + c * c)) 0) as [small|large].
  - exists 1, 0. split; [lra|]. apply enough_. lra.
  - set (p11 := l * l - (a * a + c * c)) in *. set (p12 := a * b + c * d) in *.
    exists p12, p11. split; [generalize (Rle_0_sqr p12); unfold Rsqr; nra|]. apply enough_.
    assert (0 <= p11 * (p12 * p12 - p11 * (l * l - (b * b + d * d)))) by (apply Rmult_le_pos; lra).
    unfold p11, p12 in *. lra.
Qed.

End Point.
